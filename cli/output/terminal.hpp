// What the writers need to know of a terminal.
#pragma once

#include <cstddef>
#include <limits>

namespace klinekeep::cli {

/// Columns of the terminal behind `fd`: as it says itself, else $COLUMNS, else 80.
[[nodiscard]] int terminal_width(int fd = 1);

/// Where text for people is shown. Without a terminal no line is too wide.
struct Screen {
  bool is_terminal = false;
  std::size_t width = std::numeric_limits<std::size_t>::max();
  bool colour = false;
};

/// That of standard output; without colours where $NO_COLOR is set.
[[nodiscard]] Screen stdout_screen();

}  // namespace klinekeep::cli
