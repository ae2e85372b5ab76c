// Text as a terminal shows it: how wide it is, and lines that never get wider than they may. Pure functions and small
// values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace klinekeep::cli {

/// Columns that `text` takes: 2 for wide characters, 0 for combining ones, 1 for a byte that is not UTF-8.
[[nodiscard]] std::size_t display_width(std::string_view text);

/// `text`, made `width` columns wide with blanks if it is narrower.
[[nodiscard]] std::string pad_left(std::string_view text, std::size_t width);
[[nodiscard]] std::string pad_right(std::string_view text, std::size_t width);

/// 1234567 as 1,234,567.
[[nodiscard]] std::string with_thousands(std::int64_t value);

/// 1 partition, 2 partitions, 1,234 rows.
[[nodiscard]] std::string counted(std::int64_t count, std::string_view thing);

/// 512 B, 1.2 kB, 34.0 MB, 5.6 GB: thousands of thousands, to one decimal.
[[nodiscard]] std::string size_text(std::int64_t bytes);

/// `text` in lines of at most `width` columns, broken at blanks; a longer word has a line to itself. One empty line for
/// no text.
[[nodiscard]] std::vector<std::string> wrap(std::string_view text, std::size_t width);

/// A line of bars, one for each of `cells` values taken evenly from `values` (fewer if there are fewer), from the
/// lowest ▁ to the highest █; all alike in the middle, a blank for what is not finite. Empty when nothing is finite.
[[nodiscard]] std::string sparkline(std::span<const double> values, std::size_t cells);

enum class Style : std::uint8_t { plain, dim, bold, green, red };

/// One line in parts of different styles.
class StyledLine {
 public:
  StyledLine& add(std::string_view text, Style style = Style::plain);

  [[nodiscard]] std::size_t width() const { return width_; }

  /// The line and a line end: at most `width` columns, the last one `…` if something had to go; without blanks at its
  /// end; control characters as '?'. Styles are ANSI sequences, and none unless `colour`.
  [[nodiscard]] std::string render(std::size_t width, bool colour) const;

 private:
  struct Part {
    std::string text;
    Style style;
  };
  std::vector<Part> parts_;
  std::size_t width_ = 0;
};

}  // namespace klinekeep::cli
