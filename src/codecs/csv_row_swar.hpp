// One plain row of CSV, in general registers.
#pragma once

#include <cstddef>
#include <cstdint>

#include "codecs/csv_kernel.hpp"
#include "codecs/plain_row.hpp"

namespace klinekeep::codecs {

namespace detail {

inline bool take_separator(const char*& at, char separator) { return *at++ == separator; }

inline bool integer_field(const char*& at, std::uint64_t& value) {
  return take_integer(at, value) && take_separator(at, ',');
}

inline bool decimal_field(const char*& at, double& value) { return take_decimal(at, value) && take_separator(at, ','); }

/// The field to ignore, and LF or CRLF.
inline bool end_of_row(const char*& at) {
  double ignored = 0;
  if (!take_decimal(at, ignored)) return false;
  if (*at == '\r') ++at;
  return take_separator(at, '\n');
}

}  // namespace detail

/// Writes the row at `at` as row `index` of `to`. Where it ends, LF included; null where it is not plain, and what was
/// written means nothing.
inline const char* plain_row(const char* at, const ColumnsFrom& to, std::size_t index) {
  using detail::decimal_field;
  using detail::integer_field;
  std::uint64_t open_time = 0;
  std::uint64_t close_time = 0;
  std::uint64_t trades = 0;
  const auto& decimals = to.decimals;
  if (!integer_field(at, open_time) || !plain_open_time(open_time, to.open_time[index])) return nullptr;
  for (std::size_t i = 0; i < 5; ++i) {
    if (!decimal_field(at, decimals[i][index])) return nullptr;
  }
  if (!integer_field(at, close_time) || !decimal_field(at, decimals[5][index]) || !integer_field(at, trades) ||
      !decimal_field(at, decimals[6][index]) || !decimal_field(at, decimals[7][index]) || !detail::end_of_row(at)) {
    return nullptr;
  }
  to.close_time[index] = plain_close_time(close_time);
  to.trades[index] = static_cast<std::int64_t>(trades);
  return at;
}

}  // namespace klinekeep::codecs
