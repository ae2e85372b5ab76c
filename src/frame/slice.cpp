#include "frame/slice.hpp"

#include <algorithm>

namespace klinekeep::frame {

Candles slice(Candles candles, const TimeRange& range) {
  // Rounded up: a row opens at or after the bound when its millisecond does.
  const auto bound = [&](Timestamp t) {
    const std::int64_t ms = to_ms(t + std::chrono::microseconds{999});
    return static_cast<std::size_t>(std::ranges::lower_bound(candles.open_time, ms) - candles.open_time.begin());
  };
  const std::size_t begin = bound(range.begin);
  const std::size_t end = std::max(begin, bound(range.end));
  if (begin == 0 && end == candles.size()) return candles;
  Candles part;
  part.reserve(end - begin);
  part.append(candles, begin, end);
  return part;
}

Candles on_grid(Candles candles, Interval interval) {
  const auto aligned = [&](std::int64_t ms) { return interval.on_grid(from_ms(ms)); };
  if (std::ranges::all_of(candles.open_time, aligned)) return candles;
  Candles kept;
  for (std::size_t row = 0; row < candles.size(); ++row) {
    if (aligned(candles.open_time[row])) kept.push_back(candles, row);
  }
  return kept;
}

}  // namespace klinekeep::frame
