// When an absence that is remembered is asked again: the younger the candle would be, the sooner. Pure.
#pragma once

#include <vector>

#include "core/range_set.hpp"
#include "klinekeep/interval.hpp"

namespace klinekeep::planner {

/// Slots without a candle, as one source has said.
struct RememberedGap {
  TimeRange range;  // both ends on the grid
  Timestamp learnt_at;
  Timestamp asked_at;  // last, and it was still so
  bool weak = false;   // nobody but the host that was doubted has confirmed it
};

/// The slots to ask again at `now`. A weak one an hour after it was asked. Of a candle that closed less than 36 h ago,
/// an hour after it was asked; less than 90 days ago, 7 days after. Of an older one: never where its slot is in `both`,
/// the holes of both sources; else once more, 7 days or more after it was learnt. What was asked at a time that has not
/// come yet, by a clock that was wrong, is due.
[[nodiscard]] RangeSet due_again(const std::vector<RememberedGap>& gaps, const RangeSet& both, Interval interval,
                                 Timestamp now);

/// The part of `range`, of which something that is known of the series as a whole tells, to ask again: what is young
/// after an hour, all of it after 7 days (after an hour where it is weak).
[[nodiscard]] RangeSet fact_due_again(const RememberedGap& fact, Interval interval, Timestamp now);

}  // namespace klinekeep::planner
