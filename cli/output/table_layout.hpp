// The table for people, from what is known of it to lines of text. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "output/samples.hpp"
#include "output/writer.hpp"

namespace klinekeep::cli {

/// One value of a candle: `number` for float64, `integer` for the rest.
union TableValue {
  std::int64_t integer;
  double number;
};
using TableRow = std::vector<TableValue>;  // in the order of TableContent::columns

struct TableContent {
  std::vector<std::size_t> columns;  // in kSchema
  std::vector<TableRow> head;        // the first rows
  std::deque<TableRow> tail;         // the last rows, none of which is in the head
  std::int64_t rows = 0;             // of all; what is neither in the head nor in the tail is not shown

  // Over all rows; none where the column is missing or never finite.
  Samples closes;
  std::optional<double> first_price;  // the first open, or else the first close
  std::optional<double> last_close;
  std::optional<double> low;
  std::optional<double> high;
};

/// A title if there is one, a header, the first rows, `…` and how many are left out, the last rows, and a summary. Each
/// line ends in a line feed and none is wider than `options.width`. Where the columns do not fit, the time and the
/// volume get shorter first; then columns go, those after OHLC and volume before these, and open_time last. For the
/// eye, quantities are rounded to 9 significant digits or fewer, and prices to 12; all values of a column have the same
/// number of decimals.
[[nodiscard]] std::string render_table(const TableContent& content, const WriterOptions& options);

}  // namespace klinekeep::cli
