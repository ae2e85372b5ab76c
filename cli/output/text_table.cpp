#include "output/text_table.hpp"

#include <algorithm>

#include "output/display_text.hpp"

namespace klinekeep::cli {
namespace {

constexpr std::size_t kGap = 2;

std::size_t width_of(const TextColumn& column) {
  std::size_t width = display_width(column.header);
  for (const std::string& cell : column.cells) width = std::max(width, display_width(cell));
  return width;
}

std::size_t width_of(const std::vector<std::size_t>& widths) {
  std::size_t sum = 0;
  for (const std::size_t width : widths) sum += width + kGap;
  return sum - std::min(sum, kGap);
}

}  // namespace

std::string render_text_table(std::vector<TextColumn> columns, const Screen& screen) {
  std::vector<std::size_t> widths;
  widths.reserve(columns.size());
  for (const TextColumn& column : columns) widths.push_back(width_of(column));
  while (columns.size() > 1 && width_of(widths) > screen.width) {
    const auto last = std::ranges::max_element(columns, {}, &TextColumn::rank);
    widths.erase(widths.begin() + (last - columns.begin()));
    columns.erase(last);
  }

  std::string text;
  const auto put = [&](auto cell_of, Style style) {
    StyledLine line;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const std::string& cell = cell_of(columns[i]);
      const bool left = columns[i].side == TextColumn::Side::left;
      line.add(std::string(i == 0 ? 0 : kGap, ' '));
      const bool padded = i + 1 < columns.size();  // blanks at the end of a line would be clipped to …
      line.add(left ? pad_right(cell, padded ? widths[i] : 0) : pad_left(cell, widths[i]), style);
    }
    text += line.render(screen.width, screen.colour);
  };
  put([](const TextColumn& column) -> const std::string& { return column.header; }, Style::dim);
  for (std::size_t row = 0; !columns.empty() && row < columns.front().cells.size(); ++row) {
    put([row](const TextColumn& column) -> const std::string& { return column.cells[row]; }, Style::plain);
  }
  return text;
}

}  // namespace klinekeep::cli
