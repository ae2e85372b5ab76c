// What holds for every interval at every time.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/grids.hpp"
#include "klinekeep/interval.hpp"

namespace klinekeep {
namespace {

using rc::gen::inRange;

Interval any_interval() { return *rc::gen::elementOf(kIntervals); }

/// A time from 1950 to 2090, often at a grid point or right beside one.
Timestamp any_time(Interval interval) {
  const Timestamp day{std::chrono::days{*inRange(-7300, 43'800)}};
  const Timestamp t = day + Duration{*inRange<std::int64_t>(0, 86'400'000'000)};
  switch (*inRange(0, 4)) {
    case 0:
      return interval.floor(t);
    case 1:
      return interval.floor(t) + Duration{1};
    case 2:
      return interval.ceil(t) - Duration{1};
    default:
      return t;
  }
}

RC_GTEST_PROP(IntervalLaw, FloorAndCeilAreTheNearestGridPoints, ()) {
  const Interval interval = any_interval();
  const Timestamp t = any_time(interval);
  const Timestamp below = interval.floor(t);
  const Timestamp above = interval.ceil(t);
  RC_ASSERT(is_grid_point(interval, below));
  RC_ASSERT(is_grid_point(interval, above));
  RC_ASSERT(below <= t);
  RC_ASSERT(t <= above);
  RC_ASSERT((below == t) == (above == t));
  RC_ASSERT((below == t) == is_grid_point(interval, t));
  RC_ASSERT(interval.on_grid(t) == is_grid_point(interval, t));
  // No grid point in between: every one is a multiple of the tick.
  for (Timestamp p = below + tick_of(interval); p < above; p += tick_of(interval)) {
    RC_ASSERT(!is_grid_point(interval, p) || p == t);
  }
}

RC_GTEST_PROP(IntervalLaw, RoundingTwiceIsRoundingOnce, ()) {
  const Interval interval = any_interval();
  const Timestamp t = any_time(interval);
  RC_ASSERT(interval.floor(interval.floor(t)) == interval.floor(t));
  RC_ASSERT(interval.ceil(interval.floor(t)) == interval.floor(t));
  RC_ASSERT(interval.floor(interval.ceil(t)) == interval.ceil(t));
  RC_ASSERT(interval.ceil(interval.ceil(t)) == interval.ceil(t));
}

RC_GTEST_PROP(IntervalLaw, NextIsTheLeastGreaterGridPoint, ()) {
  const Interval interval = any_interval();
  const Timestamp slot = interval.floor(any_time(interval));
  Timestamp greater = slot + tick_of(interval);
  while (!is_grid_point(interval, greater)) greater += tick_of(interval);
  RC_ASSERT(interval.next(slot) == greater);
  RC_ASSERT(interval.ceil(slot + Duration{1}) == greater);
  RC_ASSERT(interval.floor(greater - Duration{1}) == slot);
}

RC_GTEST_PROP(IntervalLaw, ACandleClosesWhereTheNextOpens, ()) {
  const Interval interval = any_interval();
  const Timestamp slot = interval.floor(any_time(interval));
  Timestamp end = interval.next(slot);
  if (interval == Interval::DAY_3) end = interval.next(interval.next(end));
  RC_ASSERT(interval.close_of(slot) == end);
}

RC_GTEST_PROP(IntervalLaw, CountIsTheNumberOfSteps, ()) {
  const Interval interval = any_interval();
  const Timestamp begin = any_time(interval);
  const Timestamp end = begin + Duration{*inRange<std::int64_t>(-2, 20) * length_of(interval).count() +
                                         *inRange<std::int64_t>(0, 3) * (length_of(interval).count() / 2)};
  std::int64_t steps = 0;
  Timestamp open = interval.ceil(begin);
  while (open < end) {  // 3d: as many as there can be, each as soon as the one before has closed
    ++steps;
    open = interval.close_of(open);
  }
  RC_ASSERT(interval.count({begin, end}) == steps);
}

RC_GTEST_PROP(IntervalLaw, CountsAddUpAtAGridPoint, ()) {
  const Interval interval = any_interval();
  RC_PRE(interval != Interval::DAY_3);  // an upper bound only
  const Timestamp a = any_time(interval);
  const Timestamp b = interval.ceil(a + *inRange(0, 30) * length_of(interval));
  const Timestamp c = b + *inRange(0, 30) * length_of(interval);
  RC_ASSERT(interval.count({a, b}) + interval.count({b, c}) == interval.count({a, c}));
}

RC_GTEST_PROP(IntervalLaw, RoundingKeepsTheOrder, ()) {
  const Interval interval = any_interval();
  const Timestamp a = any_time(interval);
  const Timestamp b = a + Duration{*inRange<std::int64_t>(0, 3 * length_of(interval).count())};
  RC_ASSERT(interval.floor(a) <= interval.floor(b));
  RC_ASSERT(interval.ceil(a) <= interval.ceil(b));
}

}  // namespace
}  // namespace klinekeep
