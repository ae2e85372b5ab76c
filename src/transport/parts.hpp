// What of others the transport runs with.
#pragma once

#include "core/parts.hpp"

namespace klinekeep::transport {

/// libcurl, with the TLS and HTTP/2 libraries that it uses.
[[nodiscard]] Parts parts();

}  // namespace klinekeep::transport
