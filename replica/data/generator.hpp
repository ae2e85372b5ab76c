#pragma once

#include "core/row.hpp"
#include "data/price_curve.hpp"

namespace replica {

/// Invents the candles of one series. A candle is a pure function of symbol, seed, interval and open time; all
/// intervals of a symbol follow one price curve, so the close of an hour is the close of its last minute, but volumes
/// do not add up.
class Generator {
 public:
  explicit Generator(Series series);

  /// Whether a candle opens at this grid point: the symbol was traded in it, and not halted throughout.
  bool opens(Instant open) const;
  Row row(Instant open);

 private:
  struct Prices {
    std::uint64_t open, high, low, close;
  };

  std::uint64_t price_at(Instant t);
  Prices prices(Span span, std::uint64_t random);
  void fill_spot(Row& row, const Prices& prices, std::uint64_t volume, std::uint64_t taker) const;
  void fill_usd_m(Row& row, const Prices& prices, std::uint64_t volume, std::uint64_t taker,
                  std::uint64_t random) const;
  void fill_coin_m(Row& row, const Prices& prices, std::uint64_t volume, std::uint64_t taker) const;

  Series series_;
  PriceCurve curve_;
  Character character_;
  double price_scale_;  // units of the last decimal
  double volume_scale_;
  double seconds_;
  Instant last_time_{Millis{-1}};
  std::uint64_t last_price_ = 0;
};

/// What a candle that is still open looks like when this fraction of its time has passed.
Row forming_row(const Row& whole, double fraction);

}  // namespace replica
