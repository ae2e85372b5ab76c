// The header row of a CSV file: which of its fields is which.
#pragma once

#include <array>
#include <cstddef>
#include <numeric>

#include "codecs/malformed.hpp"
#include "codecs/row.hpp"
#include "core/candles.hpp"

namespace klinekeep::codecs {

/// For each field of a row (codecs/row.hpp), where in a line it stands.
using FieldOrder = std::array<std::size_t, kFieldCount>;

/// That of files without a header row, and of nearly all with one.
inline constexpr FieldOrder kUsualOrder = [] {
  FieldOrder order{};
  std::iota(order.begin(), order.end(), std::size_t{0});
  return order;
}();

/// The order that the header `names` tells. Each field must be named once, by its name or another that is known, in
/// either case, with blanks or `_` between words; all else is malformed. Pure.
[[nodiscard]] Parsed<FieldOrder> read_header(const Fields& names);

/// The fields of a line of that order, in the usual one.
[[nodiscard]] Fields in_usual_order(const Fields& line, const FieldOrder& order);

/// Whether the last of `rows` can be a candle: its low is lowest, its high highest, takers bought no more than was
/// traded, and it closed after it opened. A header that tells an order that nobody has seen yet is believed only while
/// each row bears it out, as a header that lies makes a wrong candle of each. `row` is the number that the message
/// gives.
[[nodiscard]] Parsed<void> check_last_row(const Candles& rows, std::size_t row);

}  // namespace klinekeep::codecs
