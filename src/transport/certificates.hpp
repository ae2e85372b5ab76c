// Which file of trusted TLS certificates (PEM) is used: one that somebody names, else the system's.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace klinekeep::transport {

struct CertificateFile {
  std::string path;
  std::string_view named_by = {};  // "ca_file" or an environment variable; empty: one of the usual places
};

/// What `ca_file` of the options, else $SSL_CERT_FILE, else $CURL_CA_BUNDLE names. What is empty names nothing.
[[nodiscard]] std::optional<CertificateFile> named_certificates(const std::string& ca_file);

/// Where systems keep theirs: what libcurl was built with, then the places of the other systems. None comes twice.
[[nodiscard]] std::vector<std::string> certificate_places();

using CanBeRead = std::function<bool(const std::string& path)>;

/// A file, and no folder or pipe, that this process may read. Opens nothing, and so needs no descriptor.
[[nodiscard]] bool is_readable_file(const std::string& path);

/// `named`, where there is one: nothing stands in for it. Else the first of `places` that can be read. The error is a
/// sentence that says which file cannot be read and who names it, or where was looked and what to do.
[[nodiscard]] tl::expected<CertificateFile, std::string> choose_certificates(
    const std::optional<CertificateFile>& named, const std::vector<std::string>& places,
    const CanBeRead& can_be_read = is_readable_file);

/// What to add where a host's certificate is not trusted: whose are.
[[nodiscard]] std::string trusted_are(const CertificateFile& file);

/// What is said of a file that TLS could not use.
[[nodiscard]] std::string unusable(const CertificateFile& file);

}  // namespace klinekeep::transport
