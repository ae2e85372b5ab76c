#include "planner/plan.hpp"

#include <algorithm>

#include "core/market_rules.hpp"
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

TimeRange askable_part(const Wanted& wanted, const Policy& policy, Timestamp now) {
  return policy.include_open ? wanted.slots : closed_part(wanted.slots, wanted.series.interval, now);
}

namespace {

/// Whether the request begins with slots that REST has just turned out not to have, though later candles are there: an
/// outage, or the time before the listing?
bool begins_with_a_new_hole(const Wanted& wanted, const Ledger& ledger) {
  const bool can_ask = !rules_of(wanted.series.market).began;
  const bool may_ask = can_ask && !ledger.unknown_to_rest && !ledger.first && !ledger.first_asked;
  if (!may_ask || !ledger.present.touches(wanted.slots)) return false;
  if (ledger.rest_doubts.contains(wanted.slots.begin)) return false;  // it was known
  return std::ranges::any_of(ledger.silences, [&](const Silence& silence) {
    return silence.range.contains(wanted.slots.begin) && !ledger.present.contains(wanted.slots.begin);
  });
}

Plan with_first_candle(Plan plan, const Wanted& wanted, const Ledger& ledger) {
  if (!plan.steps.empty() || !begins_with_a_new_hole(wanted, ledger)) return plan;
  return {.steps = {first_candle_step(wanted.slots, "the first candles are not there: an outage, or not listed yet?")},
          .at_once = 1};
}

}  // namespace

Plan plan(const Wanted& wanted, const Policy& policy, const Ledger& ledger, Timestamp now) {
  switch (policy.source) {
    case DataSource::REST:
      return with_first_candle(rest_plan(wanted, policy, ledger, now), wanted, ledger);
    case DataSource::VISION:
      return archive_plan(wanted, policy, ledger, now);
    case DataSource::AUTO:
      if (is_unknown(wanted, policy, ledger)) return {};
      return with_first_candle(auto_plan(wanted, policy, ledger, now), wanted, ledger);
    case DataSource::CACHE:
      break;
  }
  return {};
}

}  // namespace klinekeep::planner
