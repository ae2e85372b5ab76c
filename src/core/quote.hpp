// Quoting of what came from outside, for messages that a terminal shows.
#pragma once

#include <string>
#include <string_view>

namespace klinekeep {

/// `input` in single quotes: at most 80 code points, then "…"; control and bidirectional characters and bytes that are
/// not UTF-8 escaped (\n, \x1b, \u202e), so that a message can neither break a line nor turn the reading direction.
/// Never throws.
[[nodiscard]] std::string quote(std::string_view input);

/// The same of a path, and whole: it is its end that says which file is meant. No path is longer than PATH_MAX.
[[nodiscard]] std::string quote_path(std::string_view path);

}  // namespace klinekeep
