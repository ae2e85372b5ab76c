// What a path given with `-o` leads to.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

namespace klinekeep::cli {

/// The path that means standard output. A file of that name is ./-
inline constexpr std::string_view kStdout = "-";

struct OutputTarget {
  enum class Kind {
    descriptor,  // one of our own: -, /dev/stdout, /dev/fd/N
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

/// Whether what is written to both would be mixed, or one would take the other's place. Throws as above.
[[nodiscard]] bool lead_to_one_place(const std::string& one, const std::string& other);

}  // namespace klinekeep::cli
