// What of others the transport runs with.
#pragma once

#include "core/libraries.hpp"

namespace klinekeep::transport {

/// libcurl, with the TLS and HTTP/2 libraries that it uses.
[[nodiscard]] VersionLines libraries();

}  // namespace klinekeep::transport
