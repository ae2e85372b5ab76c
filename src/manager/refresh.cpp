#include "manager/refresh.hpp"

#include <algorithm>
#include <initializer_list>

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

/// The part of `slots` for which a file of one of these granularities is due.
RangeSet with_due_file(const RangeSet& slots, Interval interval, const planner::Policy& policy, Timestamp now,
                       std::initializer_list<Granularity> granularities) {
  RangeSet due;
  for (const TimeRange& range : slots) {
    for (Timestamp at = range.begin; at < range.end;) {
      const Timestamp day_end = planner::next_period(Granularity::daily, planner::period_of(Granularity::daily, at));
      const Timestamp end = std::max(day_end, interval.next(at));
      if (std::ranges::any_of(granularities, [&](Granularity g) { return is_due(g, at, interval, policy, now); })) {
        due.add({at, std::min(range.end, end)});
      }
      at = end;
    }
  }
  return due;
}

/// Slots that an answer which `counts` likes has been given for.
template <class Counts>
RangeSet answered_slots(const store::Coverage& coverage, Interval interval, Counts counts) {
  RangeSet slots;
  for (const store::Answered& answered : coverage.answered) {
    if (counts(answered)) slots.add({interval.ceil(answered.range.begin), interval.ceil(answered.range.end)});
  }
  return slots;
}

}  // namespace

WorthAsking worth_asking_again(const store::Coverage& coverage, Interval interval, const planner::Policy& policy,
                               Timestamp now) {
  using store::Answered;
  const auto slots = [&](auto counts) { return answered_slots(coverage, interval, counts); };
  const RangeSet proven_daily =
      slots([](const Answered& a) { return a.origin == Origin::daily && a.trust == Trust::verified; });
  const RangeSet monthly = slots([](const Answered& a) { return a.origin == Origin::monthly; });
  const RangeSet lesser = slots([](const Answered& a) { return a.trust != Trust::verified; });
  RangeSet from_rest = slots([](const Answered& a) { return a.origin == Origin::rest; });
  from_rest.subtract(slots([](const Answered& a) { return a.origin != Origin::rest; }));

  WorthAsking worth;
  worth.rows = with_due_file(monthly, interval, policy, now, {Granularity::daily});
  worth.rows.add(with_due_file(from_rest, interval, policy, now, {Granularity::daily, Granularity::monthly}));
  worth.rows.add(lesser);
  worth.rows.subtract(proven_daily);
  for (const store::Hole& hole : coverage.holes) {
    if (hole.origin == Origin::rest && now - hole.at >= kGapRest) {
      worth.gaps.add({interval.ceil(hole.range.begin), interval.ceil(hole.range.end)});
    }
  }
  worth.gaps.subtract(worth.rows);
  return worth;
}

}  // namespace klinekeep::manager
