// What libcurl's error codes mean to us.
#pragma once

#include <curl/curl.h>

#include "transport/http.hpp"

namespace klinekeep::transport {

/// `code` must not be CURLE_OK; `easy` is asked for the system's errno behind it.
[[nodiscard]] TransportError curl_error(CURL* easy, CURLcode code);

}  // namespace klinekeep::transport
