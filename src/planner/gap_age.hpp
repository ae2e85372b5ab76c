// When a gap that REST has confirmed is asked again: the younger the candle, the sooner. Pure.
#pragma once

#include <vector>

#include "core/range_set.hpp"
#include "klinekeep/interval.hpp"

namespace klinekeep::planner {

/// Slots without a candle, as REST answered at `at`.
struct RememberedGap {
  TimeRange range;  // both ends on the grid
  Timestamp at;
};

/// The slots to ask again at `now`. Of a candle that closed less than 36 h ago, an hour after it was asked; less than
/// 90 days ago, 7 days after; of an older one never.
[[nodiscard]] RangeSet due_again(const std::vector<RememberedGap>& gaps, Interval interval, Timestamp now);

}  // namespace klinekeep::planner
