#include "planner/period.hpp"

namespace klinekeep::planner {
namespace {

constexpr Interval grid_of(Granularity granularity) {
  return granularity == Granularity::daily ? Interval::DAY_1 : Interval::MONTH_1;
}

}  // namespace

bool has_files(Granularity granularity, Interval interval) {
  return granularity == Granularity::monthly || interval < Interval::DAY_3;
}

Timestamp period_of(Granularity granularity, Timestamp t) { return grid_of(granularity).floor(t); }

Timestamp next_period(Granularity granularity, Timestamp period) { return grid_of(granularity).next(period); }

TimeRange period_range(Granularity granularity, Timestamp period) { return {period, next_period(granularity, period)}; }

Timestamp period_over(Granularity granularity, Timestamp period, Interval interval) {
  const Timestamp end = next_period(granularity, period);
  return interval.close_of(interval.floor(end - Duration{1}));
}

}  // namespace klinekeep::planner
