// What libcurl's error codes mean to us.
#pragma once

#include <curl/curl.h>

#include <optional>
#include <string_view>

#include "transport/http.hpp"

namespace klinekeep::transport {

/// `code` must not be CURLE_OK; `easy` is asked for the system's errno behind it, and `message`, what libcurl says of
/// it, for whom it could not connect to: a proxy's fault is not the host's.
[[nodiscard]] TransportError curl_error(CURL* easy, CURLcode code, std::string_view message);

/// The errno of the shortage of ours that `error` of a transfer comes from; none where it is the host's. `no_socket` is
/// that of a socket which could not be had for it, or 0. libcurl does not say it of a name that could not be looked up,
/// nor of a certificate that could not be read: there it is tried what can be had.
[[nodiscard]] std::optional<int> shortage_behind(CURL* easy, CURLcode code, const TransportError& error, int no_socket);

/// What has run out, by its errno, and what to raise.
[[nodiscard]] TransportError shortage(int error);

}  // namespace klinekeep::transport
