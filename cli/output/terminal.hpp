// What the writers need to know of a terminal.
#pragma once

namespace klinekeep::cli {

/// Columns of the terminal behind `fd`: as it says itself, else $COLUMNS, else 80.
[[nodiscard]] int terminal_width(int fd = 1);

}  // namespace klinekeep::cli
