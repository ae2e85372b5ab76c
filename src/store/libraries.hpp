// What of others the store runs with.
#pragma once

#include "core/libraries.hpp"

namespace klinekeep::store {

/// xxHash.
[[nodiscard]] VersionLines libraries();

}  // namespace klinekeep::store
