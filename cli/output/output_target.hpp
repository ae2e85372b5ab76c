// What a path given with `-o` leads to.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace klinekeep::cli {

struct OutputTarget {
  enum class Kind {
    descriptor,  // one of our own: /dev/stdout, /dev/fd/N
    straight,    // there, and neither a regular file nor a directory
    regular,     // there
    absent,      // to be made
  };

  Kind kind;
  std::string path;     // absolute, all symbolic links at its end followed
  int descriptor = -1;  // Kind::descriptor
  mode_t mode = 0;      // Kind::regular: its permissions
};

/// Looks at the path asked for; changes nothing. Throws InvalidRequest for an empty path, a directory, or one whose
/// folder does not exist or is none; OutputError where it cannot be looked at, or is a regular file that may not be
/// written.
[[nodiscard]] OutputTarget find_output_target(const std::string& asked);

}  // namespace klinekeep::cli
