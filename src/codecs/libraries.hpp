// What of others the codecs run with.
#pragma once

#include "core/libraries.hpp"

namespace klinekeep::codecs {

/// OpenSSL, ISA-L, simdjson with the implementation that this processor gets, pugixml.
[[nodiscard]] VersionLines libraries();

}  // namespace klinekeep::codecs
