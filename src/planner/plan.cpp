#include "planner/plan.hpp"

#include "planner/source_plan.hpp"

namespace klinekeep::planner {

TimeRange closed_part(const TimeRange& slots, Interval interval, Timestamp now) {
  using std::chrono::milliseconds;
  // C2: closed when close_time, the last millisecond of the candle, is before now.
  Timestamp last = interval.floor(now);
  while (interval.close_of(last) - milliseconds{1} >= now) last = interval.floor(last - Duration{1});
  const Timestamp end = std::min(slots.end, interval.next(last));
  return {slots.begin, std::max(slots.begin, end)};
}

TimeRange askable_part(const Request& request, const Policy& policy, Timestamp now) {
  return policy.include_open ? request.slots : closed_part(request.slots, request.series.interval, now);
}

Plan plan(const Request& request, const Policy& policy, const Ledger& ledger, Timestamp now) {
  switch (policy.source) {
    case DataSource::REST:
      return rest_plan(request, policy, ledger, now);
    case DataSource::VISION:
      return archive_plan(request, policy, ledger, now);
    case DataSource::AUTO:
      return auto_plan(request, policy, ledger, now);
    case DataSource::CACHE:
      break;
  }
  return {};
}

}  // namespace klinekeep::planner
