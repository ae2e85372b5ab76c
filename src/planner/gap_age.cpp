#include "planner/gap_age.hpp"

#include "planner/believed.hpp"

namespace klinekeep::planner {
namespace {

/// The first slot whose candle closes after `t`.
Timestamp first_closing_after(Interval interval, Timestamp t) {
  Timestamp slot = interval.floor(t);
  while (interval.close_of(interval.floor(slot - Duration{1})) > t) slot = interval.floor(slot - Duration{1});
  return slot;
}

/// Asked so long ago, or at a time that is still to come.
bool is_asked_before(Timestamp asked_at, Duration ago, Timestamp now) {
  constexpr Duration kAhead = std::chrono::days{1};
  return asked_at + ago <= now || asked_at > now + kAhead;
}

}  // namespace

RangeSet due_again(const std::vector<RememberedGap>& gaps, const RangeSet& both, Interval interval, Timestamp now) {
  const Timestamp young = first_closing_after(interval, now - kYoung);
  const Timestamp old = first_closing_after(interval, now - kOld);
  RangeSet due;
  RangeSet once_more;
  for (const RememberedGap& gap : gaps) {
    if (is_asked_before(gap.asked_at, kYoungAskedAfter, now)) {
      due.add(gap.weak ? gap.range : gap.range.intersect({young, kEndOfTime}));
    }
    if (is_asked_before(gap.asked_at, kAskedAfter, now)) due.add(gap.range.intersect({old, young}));
    const bool is_confirmed = gap.asked_at - gap.learnt_at >= kAskedAfter;
    if (!is_confirmed && is_asked_before(gap.learnt_at, kAskedAfter, now)) {
      once_more.add(gap.range.intersect({kBeginOfTime, old}));
    }
  }
  once_more.subtract(both);
  due.add(once_more);
  return due;
}

RangeSet fact_due_again(const RememberedGap& fact, Interval interval, Timestamp now) {
  if (is_asked_before(fact.asked_at, fact.weak ? kYoungAskedAfter : kAskedAfter, now)) return {fact.range};
  if (!is_asked_before(fact.asked_at, kYoungAskedAfter, now)) return {};
  return {fact.range.intersect({first_closing_after(interval, now - kYoung), kEndOfTime})};
}

}  // namespace klinekeep::planner
