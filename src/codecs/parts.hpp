// What of others the codecs run with.
#pragma once

#include "core/parts.hpp"

namespace klinekeep::codecs {

/// OpenSSL, ISA-L, simdjson with the implementation that this processor gets, pugixml.
[[nodiscard]] Parts parts();

}  // namespace klinekeep::codecs
