// What of others the store runs with.
#pragma once

#include "core/parts.hpp"

namespace klinekeep::store {

/// xxHash.
[[nodiscard]] Parts parts();

}  // namespace klinekeep::store
