// What a good row is: one definition for CSV and JSON, with one wording of what is wrong with a bad one.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "codecs/malformed.hpp"
#include "core/candles.hpp"
#include "klinekeep/schema.hpp"

namespace klinekeep::codecs {

/// The columns of kSchema in their order, then one that is to be ignored.
inline constexpr std::size_t kFieldCount = kSchema.size() + 1;

/// What a time counts, and when an open_time may be: see append_row.
inline constexpr std::int64_t kFirstMicroseconds = 100'000'000'000'000;  // as ms: in the year 5138
inline constexpr std::int64_t kMinOpenMs = 1'000'000'000'000;            // 2001-09-09
inline constexpr std::int64_t kEndOpenMs = 10'000'000'000'000;           // 2286-11-20

using Fields = std::array<std::string_view, kFieldCount>;

/// The name of the field at `index` for messages: the column's, or "ignore" for the last.
[[nodiscard]] std::string_view field_name(std::size_t index);

/// Appends the candle that `fields` spell to `to`; where one of them is bad, says which and leaves `to` as it was.
/// `row` is the number that the message gives.
///
/// - Times are ms or µs since the epoch, by the magnitude of each value: from 1e14 on it is µs. open_time must lie in
///   [1e12, 1e13) ms (2001-09-09 to 2286-11-20) and be a whole number of ms; close_time must not be negative, is
///   rounded down to ms, and not checked otherwise.
/// - trades is an integer, all else a decimal (codecs/decimal.hpp), also the field to ignore.
[[nodiscard]] Parsed<void> append_row(const Fields& fields, std::size_t row, Candles& to);

}  // namespace klinekeep::codecs
