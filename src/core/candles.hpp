// Candles as columns in memory: what the codecs make and the sources hand on.
#pragma once

#include <cstdint>
#include <tuple>
#include <vector>

#include "klinekeep/schema.hpp"

namespace klinekeep {

/// One vector a column, all of one length; times in ms since the epoch. Plain data: order and uniqueness are the
/// business of whoever fills it.
struct Candles {
  std::vector<std::int64_t> open_time;
  std::vector<double> open;
  std::vector<double> high;
  std::vector<double> low;
  std::vector<double> close;
  std::vector<double> volume;
  std::vector<std::int64_t> close_time;
  std::vector<double> quote_volume;
  std::vector<std::int64_t> trades;
  std::vector<double> taker_buy_volume;
  std::vector<double> taker_buy_quote_volume;

  [[nodiscard]] std::size_t size() const { return open_time.size(); }
  [[nodiscard]] bool empty() const { return open_time.empty(); }

  /// All columns in the order of kSchema, as a tuple of references.
  [[nodiscard]] auto columns() {
    return std::tie(open_time, open, high, low, close, volume, close_time, quote_volume, trades, taker_buy_volume,
                    taker_buy_quote_volume);
  }
  [[nodiscard]] auto columns() const {
    return std::tie(open_time, open, high, low, close, volume, close_time, quote_volume, trades, taker_buy_volume,
                    taker_buy_quote_volume);
  }

  void reserve(std::size_t rows);
  /// Appends row `index` of `other`.
  void push_back(const Candles& other, std::size_t index);
  /// Appends rows [begin, end) of `other`.
  void append(const Candles& other, std::size_t begin, std::size_t end);
  /// Whether row `index` equals row `other_index` of `other` in every column, bit for bit.
  [[nodiscard]] bool same_row(std::size_t index, const Candles& other, std::size_t other_index) const;
};

static_assert(std::tuple_size_v<decltype(std::declval<Candles&>().columns())> == kSchema.size());

}  // namespace klinekeep
