#include "store/content.hpp"

#include <algorithm>

namespace klinekeep::store {

Candles rows_that_count(const Content& content, Interval interval, const Filter& filter, const TimeRange& range,
                        bool keep_off_grid) {
  const RangeSet opens = opens_that_count(content.coverage, interval, filter, range, keep_off_grid);
  const auto row_at = [&](Timestamp open) {
    const auto& all = content.rows.open_time;
    const auto at_or_after = [&](std::int64_t ms) { return from_ms(ms) < open; };
    return static_cast<std::size_t>(std::ranges::partition_point(all, at_or_after) - all.begin());
  };
  Candles rows;
  for (const TimeRange& run : opens) rows.append(content.rows, row_at(run.begin), row_at(run.end));
  return rows;
}

RangeSet opens_that_count(const Coverage& coverage, Interval interval, const Filter& filter, const TimeRange& range,
                          bool keep_off_grid) {
  constexpr Duration kMillisecond = std::chrono::milliseconds{1};
  RangeSet opens = known(coverage, interval, filter).present.intersect(range);
  for (const OffGrid& row : coverage.off_grid) opens.subtract(TimeRange{row.open, row.open + kMillisecond});
  if (!keep_off_grid) return opens;
  for (const OffGrid& row : coverage.off_grid) {
    const bool here = range.contains(row.open) && counts(filter, row.origin, row.trust);
    if (here) opens.add(TimeRange{row.open, row.open + kMillisecond});
  }
  return opens;
}

}  // namespace klinekeep::store
