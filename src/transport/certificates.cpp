#include "transport/certificates.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "core/quote.hpp"

namespace klinekeep::transport {
namespace {

constexpr std::array kUsualPlaces{
    "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Ubuntu, Arch, Alpine
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // Fedora, RHEL
    "/etc/pki/tls/certs/ca-bundle.crt",                   // older ones of these
    "/etc/ssl/ca-bundle.pem",                             // SUSE
    "/var/lib/ca-certificates/ca-bundle.pem",             // what that is a link to
    "/etc/ssl/certs/ca-bundle.crt",                       // NixOS
    "/etc/ssl/cert.pem",                                  // Alpine; OpenSSL's own default below /etc/ssl
    "/etc/pki/tls/cert.pem",                              // the same of Fedora
    "/usr/lib/ssl/cert.pem",                              // the same of Debian
};

std::string path_words(const CertificateFile& file) {
  if (file.named_by.empty()) return quote_path(file.path);
  return fmt::format("{}, which {} names,", quote_path(file.path), file.named_by);
}

}  // namespace

std::optional<CertificateFile> named_certificates(const std::string& ca_file) {
  if (!ca_file.empty()) return CertificateFile{ca_file, "ca_file"};
  for (const char* const variable : {"SSL_CERT_FILE", "CURL_CA_BUNDLE"}) {
    const char* const path = std::getenv(variable);
    if (path != nullptr && *path != '\0') return CertificateFile{path, variable};
  }
  return std::nullopt;
}

std::vector<std::string> certificate_places() {
  std::vector<std::string> places{kUsualPlaces.begin(), kUsualPlaces.end()};
  if (const char* const built_in = curl_version_info(CURLVERSION_NOW)->cainfo; built_in != nullptr) {
    std::erase(places, built_in);
    places.insert(places.begin(), built_in);
  }
  return places;
}

bool is_readable_file(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  return (std::filesystem::is_regular_file(status) || std::filesystem::is_character_file(status)) &&
         ::access(path.c_str(), R_OK) == 0;
}

tl::expected<CertificateFile, std::string> choose_certificates(const std::optional<CertificateFile>& named,
                                                               const std::vector<std::string>& places,
                                                               const CanBeRead& can_be_read) {
  if (named) {
    if (can_be_read(named->path)) return *named;
    return tl::make_unexpected(
        fmt::format("the file of trusted TLS certificates {} cannot be read", path_words(*named)));
  }
  const auto found = std::ranges::find_if(places, can_be_read);
  if (found != places.end()) return CertificateFile{*found};
  return tl::make_unexpected(
      fmt::format("there is no file of trusted TLS certificates: install the package ca-certificates, or name one by "
                  "SSL_CERT_FILE; looked for {}",
                  fmt::join(places, ", ")));
}

std::string trusted_are(const CertificateFile& file) {
  const std::string by = file.named_by.empty() ? "" : fmt::format(", which {} names", file.named_by);
  return fmt::format(" (trusted are those of {}{})", quote_path(file.path), by);
}

std::string unusable(const CertificateFile& file) {
  return fmt::format("the file of trusted TLS certificates {} holds none that can be used", path_words(file));
}

}  // namespace klinekeep::transport
