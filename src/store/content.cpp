#include "store/content.hpp"

#include <algorithm>

namespace klinekeep::store {

Candles rows_that_count(const Content& content, Interval interval, const Filter& filter, const TimeRange& range,
                        bool keep_off_grid) {
  const RangeSet opens = opens_that_count(content.coverage, interval, filter, range, keep_off_grid);
  Candles rows;
  for (std::size_t row = 0; row < content.rows.size(); ++row) {
    if (opens.contains(from_ms(content.rows.open_time[row]))) rows.push_back(content.rows, row);
  }
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
