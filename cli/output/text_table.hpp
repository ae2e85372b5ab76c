// A small table of texts: for lists that are not candles. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "output/terminal.hpp"

namespace klinekeep::cli {

struct TextColumn {
  enum class Side : std::uint8_t { left, right };

  std::string header;
  Side side;
  int rank;  // where not all columns fit, those with the highest ranks go
  std::vector<std::string> cells = {};
};

/// A header and a line for each row, no line wider than the screen. Columns go while they do not fit; the last one is
/// clipped. Every column has as many cells.
[[nodiscard]] std::string render_text_table(std::vector<TextColumn> columns, const Screen& screen);

}  // namespace klinekeep::cli
