// Candles as columns in memory: what the codecs make and the sources hand on.
#pragma once

#include <cstdint>
#include <memory>
#include <tuple>
#include <vector>

#include "klinekeep/schema.hpp"
#include "memory/page_stock.hpp"

namespace klinekeep {

template <class T>
using CandleColumn = std::vector<T, StockAllocator<T>>;

/// One vector a column, all of one length; times in ms since the epoch. Plain data: order and uniqueness are the
/// business of whoever fills it.
struct Candles {
  CandleColumn<std::int64_t> open_time;
  CandleColumn<double> open;
  CandleColumn<double> high;
  CandleColumn<double> low;
  CandleColumn<double> close;
  CandleColumn<double> volume;
  CandleColumn<std::int64_t> close_time;
  CandleColumn<double> quote_volume;
  CandleColumn<std::int64_t> trades;
  CandleColumn<double> taker_buy_volume;
  CandleColumn<double> taker_buy_quote_volume;

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
  /// Says that so many rows will soon be there, of those that there is room for: see PageStock.
  void lay_out(std::size_t rows);
  /// Appends row `index` of `other`.
  void push_back(const Candles& other, std::size_t index);
  /// Appends rows [begin, end) of `other`.
  void append(const Candles& other, std::size_t begin, std::size_t end);
  /// Whether row `index` equals row `other_index` of `other` in every column, bit for bit.
  [[nodiscard]] bool same_row(std::size_t index, const Candles& other, std::size_t other_index) const;
};

/// How many rows the blocks of memory hold that `rows` need.
[[nodiscard]] constexpr std::size_t in_column_blocks(std::size_t rows) {
  constexpr std::size_t kBlockRows = PageStock::kBlock / sizeof(double);
  return (rows + kBlockRows - 1) / kBlockRows * kBlockRows;
}

/// No rows, whose columns are to lie in `stock`.
[[nodiscard]] Candles candles_in(const std::shared_ptr<PageStock>& stock);

static_assert(std::tuple_size_v<decltype(std::declval<Candles&>().columns())> == kSchema.size());

}  // namespace klinekeep
