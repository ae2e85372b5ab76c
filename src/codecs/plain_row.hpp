// Rows as nearly all of Binance's are written, straight into columns. What is not taken here is for append_row.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "codecs/plain_number.hpp"
#include "codecs/row.hpp"
#include "core/candles.hpp"

namespace klinekeep::codecs {

/// The columns by type, each in the order of kSchema, from some row on.
struct ColumnsFrom {
  std::int64_t* open_time;
  std::int64_t* close_time;
  std::int64_t* trades;
  std::array<double*, 8> decimals;
};

/// Rows at the end of a Candles that are made before they are known, so that they can be written in any order.
class RowsAhead {
 public:
  RowsAhead(Candles& to, std::size_t count) : to_(to), begin_(to.size()) { resize(begin_ + count); }

  [[nodiscard]] ColumnsFrom columns() {
    return {to_.open_time.data() + begin_,
            to_.close_time.data() + begin_,
            to_.trades.data() + begin_,
            {to_.open.data() + begin_, to_.high.data() + begin_, to_.low.data() + begin_, to_.close.data() + begin_,
             to_.volume.data() + begin_, to_.quote_volume.data() + begin_, to_.taker_buy_volume.data() + begin_,
             to_.taker_buy_quote_volume.data() + begin_}};
  }
  /// Takes all but the first `count` away again.
  void keep(std::size_t count) { resize(begin_ + count); }

 private:
  void resize(std::size_t rows) {
    std::apply([&](auto&... column) { (column.resize(rows), ...); }, to_.columns());
  }

  Candles& to_;
  std::size_t begin_;
};

/// The time in ms that `digits` mean, or false where it would have to be looked at more closely.
inline bool plain_open_time(std::uint64_t digits, std::int64_t& ms) {
  const auto value = static_cast<std::int64_t>(digits);
  ms = value;
  if (value >= kFirstMicroseconds) {
    if (value % 1000 != 0) return false;
    ms = value / 1000;
  }
  return ms >= kMinOpenMs && ms < kEndOpenMs;
}

inline std::int64_t plain_close_time(std::uint64_t digits) {
  const auto value = static_cast<std::int64_t>(digits);
  return value >= kFirstMicroseconds ? value / 1000 : value;
}

/// Appends the candle of a row where all of its fields are plain. `integer(index, value)` and `decimal(index, value)`
/// read the field at `index` and say whether it is.
template <class Integer, class Decimal>
bool append_plain_row(const Integer& integer, const Decimal& decimal, Candles& to) {
  std::array<std::uint64_t, 3> integers{};
  std::array<double, 9> decimals{};
  std::int64_t open_time = 0;
  const bool plain = integer(0, integers[0]) && plain_open_time(integers[0], open_time) && decimal(1, decimals[0]) &&
                     decimal(2, decimals[1]) && decimal(3, decimals[2]) && decimal(4, decimals[3]) &&
                     decimal(5, decimals[4]) && integer(6, integers[1]) && decimal(7, decimals[5]) &&
                     integer(8, integers[2]) && decimal(9, decimals[6]) && decimal(10, decimals[7]) &&
                     decimal(11, decimals[8]);
  if (!plain) return false;
  to.open_time.push_back(open_time);
  to.open.push_back(decimals[0]);
  to.high.push_back(decimals[1]);
  to.low.push_back(decimals[2]);
  to.close.push_back(decimals[3]);
  to.volume.push_back(decimals[4]);
  to.close_time.push_back(plain_close_time(integers[1]));
  to.quote_volume.push_back(decimals[5]);
  to.trades.push_back(static_cast<std::int64_t>(integers[2]));
  to.taker_buy_volume.push_back(decimals[6]);
  to.taker_buy_quote_volume.push_back(decimals[7]);
  return true;
}

}  // namespace klinekeep::codecs
