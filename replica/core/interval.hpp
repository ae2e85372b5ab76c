#pragma once

#include <span>
#include <string_view>

#include "core/time.hpp"

namespace replica {

/// One kind of candle and its grid. The table below is all there are; intervals are compared by address.
struct Interval {
  std::string_view rest_name;     // 1M
  std::string_view archive_name;  // 1mo
  Millis step;                    // zero: calendar months
  Millis phase;                   // where the grid starts after the epoch

  bool monthly() const { return step == Millis{0}; }
  bool long_running() const { return monthly() || step > kDay; }  // 3d, 1w, 1mo: never in daily files of spot
  double seconds() const;                                         // a month counts as 30 days
};

std::span<const Interval> all_intervals();
const Interval* find_interval_of_rest(std::string_view name);
const Interval* find_interval_of_archive(std::string_view name);

/// The open of the candle in which t lies, the open at or after t, the open after that of `open`.
Instant floor_open(const Interval& interval, Instant t);
Instant ceil_open(const Interval& interval, Instant t);
Instant next_open(const Interval& interval, Instant open);

}  // namespace replica
