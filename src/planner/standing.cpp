#include "planner/standing.hpp"

#include "core/market_rules.hpp"
#include "planner/archive_files.hpp"
#include "planner/plan.hpp"

namespace klinekeep::planner {
namespace {

Timestamp page_before(Timestamp slot, const Series& series) {
  const MarketRules& rules = rules_of(series.market);
  const Timestamp first = series.interval.floor(slot);
  const Duration bars = (series.interval.close_of(first) - first) * rules.page_bars;
  return series.interval.floor(first -
                               std::min<Duration>(bars, rules.longest_page.value_or(std::chrono::days{36'500})));
}

/// The first slot that REST can have. What is only stated is tested: the page before it is asked all the same.
std::optional<Timestamp> first_in_rest(const Series& series, const Ledger& ledger) {
  if (!ledger.first_candle || !ledger.first_candle_stated) return ledger.first_candle;
  return page_before(*ledger.first_candle, series);
}

/// COIN-M's onboardDate is stated, not seen; where the archive's first file is known too, the earlier one counts.
std::optional<Timestamp> first_of_stated(const Series& series, const Ledger& ledger) {
  const auto listed = first_listed(ledger, series.interval);
  if (!listed) return first_in_rest(series, ledger);
  if (!ledger.first_candle && !ledger.first_candle_asked) return std::nullopt;
  return std::min(series.interval.ceil(*listed), ledger.first_candle.value_or(kEndOfTime));
}

std::optional<Timestamp> first_of_any(const Request& request, const Ledger& ledger) {
  const Interval interval = request.series.interval;
  const auto listed = first_listed(ledger, interval);
  std::optional<Timestamp> first;
  if (has_nothing_in_rest(ledger)) {
    const bool nothing_anywhere = !ledger.unknown_to_rest && is_fully_listed(ledger, interval);
    if (nothing_anywhere) first = kEndOfTime;
    if (listed) first = listed;
  } else if (rules_of(request.series.market).onboard_date_from_exchange_info) {
    first = first_of_stated(request.series, ledger);
  } else {
    first = first_in_rest(request.series, ledger);
  }
  // A candle before it would disprove it.
  if (first && !ledger.present.empty()) first = std::min(*first, ledger.present.begin()->begin);
  return first;
}

std::optional<Timestamp> first_slot(const Request& request, const Policy& policy, const Ledger& ledger) {
  switch (policy.source) {
    case DataSource::REST:
      return first_in_rest(request.series, ledger);
    case DataSource::VISION:
      return first_listed(ledger, request.series.interval);
    case DataSource::AUTO:
      break;
    case DataSource::CACHE:
      if (!ledger.first_candle) return first_listed(ledger, request.series.interval);
      break;
  }
  return first_of_any(request, ledger);
}

/// AUTO: slots of which REST needs no more asking.
RangeSet settled_by_rest(const Request& request, const Ledger& ledger, const TimeRange& slots) {
  if (has_nothing_in_rest(ledger)) return {slots};
  RangeSet settled = ledger.rest.intersect(slots);
  const auto before = [&](Timestamp first) {
    settled.add({slots.begin, std::min(slots.end, request.series.interval.ceil(first))});
  };
  if (const auto first = first_of_any(request, ledger)) before(*first);
  if (ledger.first_candle && !ledger.first_candle_stated) before(*ledger.first_candle);
  return settled;
}

}  // namespace

bool has_nothing_in_rest(const Ledger& ledger) { return ledger.unknown_to_rest || ledger.first_candle == kEndOfTime; }

TimeRange before_first(const Request& request, const Policy& policy, const Ledger& ledger) {
  const TimeRange& slots = request.slots;
  const auto first = first_slot(request, policy, ledger);
  if (!first) return {slots.begin, slots.begin};
  return {slots.begin, std::clamp(request.series.interval.ceil(*first), slots.begin, slots.end)};
}

Standing standing(const Request& request, const Policy& policy, const Ledger& ledger, const TimeRange& slots) {
  RangeSet rest{slots};
  rest.subtract(before_first(request, policy, ledger));
  rest.subtract(ledger.present);
  switch (policy.source) {
    case DataSource::REST:
      rest.subtract(ledger.rest);
      return {.open = std::move(rest), .unproven = {}};
    case DataSource::VISION:
      rest.subtract(ledger.archive);
      return {.open = std::move(rest), .unproven = {}};
    case DataSource::CACHE:
      for (const RangeSet* known : {&ledger.archive, &ledger.rest, &ledger.rest_gaps_due}) {
        rest.subtract(*known);
      }
      if (const auto listed = first_listed(ledger, request.series.interval)) {
        rest.subtract({slots.begin, request.series.interval.ceil(*listed)});
      }
      return {.open = std::move(rest), .unproven = {}};
    case DataSource::AUTO:
      break;
  }
  const RangeSet settled = settled_by_rest(request, ledger, slots);
  Standing result{.open = rest.minus(settled), .unproven = {}};
  if (!ledger.rest_has_rows) {
    result.unproven = rest.intersect(settled);
    result.unproven.subtract(ledger.rest.minus(ledger.rest_learnt));
  }
  return result;
}

RangeSet unanswered(const Request& request, const Policy& policy, const Ledger& ledger, Timestamp now) {
  const Interval interval = request.series.interval;
  Standing stand = standing(request, policy, ledger, closed_part(request.slots, interval, now));
  RangeSet& without = stand.open;
  if (policy.source == DataSource::AUTO) {
    const ArchiveFiles files{request, policy, ledger, now};
    for_each_part(stand.unproven.minus(ledger.archive), interval, [&](const TimeRange& part) {
      if (!files.is_settled(part.begin)) without.add(part);
    });
  }
  if (policy.source != DataSource::VISION) without.subtract(ledger.rest_gaps_due);
  return without;
}

RangeSet standing_gaps(const Request& request, const Policy& policy, const Ledger& ledger, Timestamp now) {
  const bool asks_rest = policy.source == DataSource::REST || policy.source == DataSource::AUTO;
  if (!asks_rest || ledger.unknown_to_rest) return {};
  RangeSet gaps = ledger.rest_gaps_due.intersect(closed_part(request.slots, request.series.interval, now));
  for (const RangeSet* answered : {&ledger.present, &ledger.rest}) gaps.subtract(*answered);
  gaps.subtract(before_first(request, policy, ledger));
  return gaps;
}

}  // namespace klinekeep::planner
