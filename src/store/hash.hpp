// XXH3-128, the cache's sum.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace klinekeep::store {

/// As 32 lower-case hex digits, high half first.
[[nodiscard]] std::string xxh3(std::span<const std::byte> bytes);

}  // namespace klinekeep::store
