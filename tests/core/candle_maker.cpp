#include "core/candle_maker.hpp"

namespace klinekeep {

void push(Candles& to, Timestamp open, Interval interval, double value) {
  to.open_time.push_back(to_ms(open));
  to.open.push_back(value + 0.1);
  to.high.push_back(value + 0.4);
  to.low.push_back(value);
  to.close.push_back(value + 0.2);
  to.volume.push_back(value * 3);
  to.close_time.push_back(to_ms(interval.close_of(open)) - 1);
  to.quote_volume.push_back(value * 5);
  to.trades.push_back(static_cast<std::int64_t>(value) + 7);
  to.taker_buy_volume.push_back(value * 2);
  to.taker_buy_quote_volume.push_back(value * 4);
}

Candles candles_at(const std::vector<Timestamp>& opens, Interval interval, double value) {
  Candles candles;
  for (const Timestamp open : opens) push(candles, open, interval, value);
  return candles;
}

Candles candles_in(const TimeRange& range, Interval interval, double value) {
  Candles candles;
  for (Timestamp open = interval.ceil(range.begin); open < range.end; open = interval.close_of(open)) {
    push(candles, open, interval, value);
  }
  return candles;
}

std::vector<Timestamp> opens_of(const Candles& candles) {
  std::vector<Timestamp> opens;
  for (const std::int64_t ms : candles.open_time) opens.push_back(from_ms(ms));
  return opens;
}

bool same(const Candles& a, const Candles& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t row = 0; row < a.size(); ++row) {
    if (!a.same_row(row, b, row)) return false;
  }
  return true;
}

}  // namespace klinekeep
