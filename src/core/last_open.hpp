// How a half-open range is told to people: by its first and its last open_time. Pure.
#pragma once

#include <algorithm>

#include "klinekeep/interval.hpp"
#include "klinekeep/time.hpp"

namespace klinekeep {

/// The last grid point in `range`, which is not empty.
[[nodiscard]] inline Timestamp last_open(const TimeRange& range, Interval interval) {
  return std::max(range.begin, interval.floor(range.end - Duration{1}));
}

}  // namespace klinekeep
