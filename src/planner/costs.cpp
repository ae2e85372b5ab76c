#include "planner/costs.hpp"

#include <algorithm>

#include "core/market_rules.hpp"
#include "planner/period.hpp"

namespace klinekeep::planner {
namespace {

/// The grid point `bars` candles after `slot`.
Timestamp advance(Interval interval, Timestamp slot, int bars) {
  if (interval != Interval::MONTH_1) return slot + (interval.close_of(slot) - slot) * bars;
  for (int i = 0; i < bars; ++i) slot = interval.next(slot);
  return slot;
}

}  // namespace

std::int64_t file_bytes(const Policy& policy, Interval interval, Granularity granularity, Timestamp period) {
  const std::int64_t row = interval == Interval::SECOND_1 ? policy.zip_bytes_per_second_row : policy.zip_bytes_per_row;
  return interval.count(period_range(granularity, period)) * row;
}

std::int64_t file_cost(const Policy& policy, Interval interval, Granularity granularity, Timestamp period) {
  return file_bytes(policy, interval, granularity, period) + kRequestsPerFile * policy.request_cost;
}

std::int64_t page_bytes(const Policy& policy, std::int64_t bars) { return bars * policy.rest_bytes_per_row; }

std::int64_t page_cost(const Policy& policy, std::int64_t bars) {
  return policy.rest_factor * (page_bytes(policy, bars) + policy.request_cost);
}

Timestamp page_reach(const Series& series, Timestamp begin) {
  const MarketRules& rules = rules_of(series.market);
  const Timestamp by_bars = advance(series.interval, begin, rules.page_bars);
  if (!rules.longest_page) return by_bars;
  // At least one candle: a month is shorter than the longest window of any market.
  return std::min(by_bars, series.interval.floor(begin + *rules.longest_page));
}

std::int64_t pages_cost(const Policy& policy, const Series& series, const TimeRange& part) {
  std::int64_t cost = 0;
  for (Timestamp at = part.begin; at < part.end;) {
    const Timestamp end = std::min(part.end, page_reach(series, at));
    cost += page_cost(policy, series.interval.count({at, end}));
    at = end;
  }
  return cost;
}

}  // namespace klinekeep::planner
