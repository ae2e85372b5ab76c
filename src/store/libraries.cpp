#include "store/libraries.hpp"

#include <fmt/format.h>
#include <xxhash.h>

namespace klinekeep::store {

VersionLines libraries() {
  const unsigned version = XXH_versionNumber();
  return {{"xxHash", fmt::format("{}.{}.{}", version / 10'000, version / 100 % 100, version % 100)}};
}

}  // namespace klinekeep::store
