// How a half-open range is told to people: by its first and its last open_time. Pure.
#pragma once

#include <algorithm>
#include <string>

#include "klinekeep/interval.hpp"
#include "klinekeep/time.hpp"

namespace klinekeep {

/// The last grid point in `range`, which is not empty.
[[nodiscard]] inline Timestamp last_open(const TimeRange& range, Interval interval) {
  return std::max(range.begin, interval.floor(range.end - Duration{1}));
}

/// "2024-03-15T00:00:00Z to 2024-03-15T23:00:00Z": the first and the last open_time of `range`, which is not empty; of
/// one candle its open_time alone.
[[nodiscard]] inline std::string from_to(const TimeRange& range, Interval interval) {
  const Timestamp last = last_open(range, interval);
  return format_iso(range.begin) + (last == range.begin ? "" : " to " + format_iso(last));
}

}  // namespace klinekeep
