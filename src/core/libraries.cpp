#include "core/libraries.hpp"

#include <fmt/format.h>
#include <utf8proc.h>

namespace klinekeep {

std::string as_built(int major, int minor, int patch) { return fmt::format("{}.{}.{}, as built", major, minor, patch); }

VersionLines core_libraries() {
  return {{"fmt", as_built(FMT_VERSION / 10'000, FMT_VERSION / 100 % 100, FMT_VERSION % 100)},
          {"utf8proc", fmt::format("{} (Unicode {})", utf8proc_version(), utf8proc_unicode_version())}};
}

}  // namespace klinekeep
