#include "manager/refresh.hpp"

#include "planner/period.hpp"

namespace klinekeep::manager {
namespace {

using planner::Granularity;
using store::Origin;

constexpr auto kGapRest = std::chrono::hours{1};

bool is_due(Granularity granularity, Timestamp slot, Interval interval, const planner::Policy& policy, Timestamp now) {
  if (!planner::has_files(granularity, interval)) return false;
  const Timestamp period = planner::period_of(granularity, slot);
  return planner::period_over(granularity, period, interval) + policy.archive_delay <= now;
}

/// The part of `slots` for which the archive has a file by now.
RangeSet with_due_file(const RangeSet& slots, Interval interval, const planner::Policy& policy, Timestamp now) {
  RangeSet due;
  for (const TimeRange& range : slots) {
    for (Timestamp at = range.begin; at < range.end;) {
      const TimeRange day = planner::period_range(Granularity::daily, planner::period_of(Granularity::daily, at));
      if (is_due(Granularity::daily, at, interval, policy, now) ||
          is_due(Granularity::monthly, at, interval, policy, now)) {
        due.add({at, std::min(range.end, std::max(day.end, interval.next(at)))});
      }
      at = std::max(day.end, interval.next(at));
    }
  }
  return due;
}

}  // namespace

WorthAsking worth_asking_again(const store::Coverage& coverage, Interval interval, const planner::Policy& policy,
                               Timestamp now) {
  RangeSet from_rest;
  RangeSet lesser;
  RangeSet verified;
  for (const store::Answered& answered : coverage.answered) {
    const TimeRange slots{interval.ceil(answered.range.begin), interval.ceil(answered.range.end)};
    if (answered.origin == Origin::rest) {
      from_rest.add(slots);
    } else {
      (answered.trust == Trust::verified ? verified : lesser).add(slots);
    }
  }
  WorthAsking worth;
  worth.rows = lesser.minus(verified);
  worth.rows.add(with_due_file(from_rest.minus(verified).minus(lesser), interval, policy, now));
  for (const store::Hole& hole : coverage.holes) {
    if (hole.origin == Origin::rest && now - hole.at >= kGapRest) {
      worth.gaps.add({interval.ceil(hole.range.begin), interval.ceil(hole.range.end)});
    }
  }
  worth.gaps.subtract(worth.rows);
  return worth;
}

}  // namespace klinekeep::manager
