// What a program is made of, as bug reports tell it.
#pragma once

#include <string>
#include <vector>

namespace klinekeep {

/// "libcurl", "7.88.1 (OpenSSL/3.0.19)". As the part that runs says it where it can; else what was built with, which
/// `as_built` marks.
struct VersionLine {
  std::string name;
  std::string value;
};

using VersionLines = std::vector<VersionLine>;

/// "2.30.0, as built".
[[nodiscard]] std::string as_built(int major, int minor, int patch);

/// Those that this layer links. Each layer that links some has such a function.
[[nodiscard]] VersionLines core_libraries();

}  // namespace klinekeep
