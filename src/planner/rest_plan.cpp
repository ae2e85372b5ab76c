// REST: pages of at most `limit` bars over what is missing, fewest calls first.
#include <fmt/format.h>

#include "planner/source_plan.hpp"

namespace klinekeep::planner {
namespace {

constexpr int kBelowThisExactly = 100;  // a limit below this weighs less on futures, so it is what is left

/// The grid point `bars` candles after `slot`.
Timestamp advance(Interval interval, Timestamp slot, int bars) {
  if (interval != Interval::MONTH_1) return slot + (interval.close_of(slot) - slot) * bars;
  for (int i = 0; i < bars; ++i) slot = interval.next(slot);
  return slot;
}

Timestamp longest_window_end(Timestamp begin, Interval interval, const MarketRules& rules) {
  const Timestamp by_bars = advance(interval, begin, rules.page_bars);
  if (!rules.longest_page) return by_bars;
  // At least one candle: a month is shorter than the longest window of any market.
  return std::min(by_bars, interval.floor(begin + *rules.longest_page));
}

Step page_step(const Request& request, const Policy& policy, const Ledger& ledger, const TimeRange& window,
               const MarketRules& rules) {
  const auto bars = static_cast<int>(request.series.interval.count(window));
  const bool exact = bars < kBelowThisExactly && !ledger.rest_crowded.touches(window);
  const int limit = exact ? bars : rules.page_bars;
  return {.action = RestPage{window, limit},
          .range = window,
          .requests = 1,
          .bytes = bars * policy.rest_bytes_per_row,
          .reason = fmt::format("{} {} from REST, as asked", bars, bars == 1 ? "candle" : "candles")};
}

/// Greedy from the left: each page begins at the first slot that is missing and swallows what else it reaches. No cover
/// of points on a line by windows of one length has fewer.
std::vector<Step> pages(const Request& request, const Policy& policy, const Ledger& ledger, const RangeSet& lacking,
                        const MarketRules& rules, Timestamp closed_end) {
  std::vector<Step> steps;
  Timestamp done = kBeginOfTime;
  for (const TimeRange& gap : lacking) {
    for (Timestamp begin = std::max(gap.begin, done); begin < gap.end; begin = done) {
      const Timestamp reach = longest_window_end(begin, request.series.interval, rules);
      const RangeSet inside = lacking.intersect(TimeRange{begin, reach});
      Timestamp end = inside.ranges().back().end;
      // The forming candle rides along where it costs nothing: if our clock is behind the exchange's, it has closed.
      if (end == closed_end) end = std::max(end, std::min(reach, request.slots.end));
      steps.push_back(page_step(request, policy, ledger, {begin, end}, rules));
      done = end;
    }
  }
  return steps;
}

Step first_candle_step(const Request& request) {
  return {.action = FirstCandle{},
          .range = request.slots,
          .requests = 1,
          .bytes = 1000,
          .reason = "the first page was empty: since when is there anything?"};
}

}  // namespace

Plan rest_plan(const Request& request, const Policy& policy, const Ledger& ledger, Timestamp now) {
  if (ledger.unknown_to_rest) return {};
  const MarketRules& rules = rules_of(request.series.market);
  const TimeRange askable = askable_part(request, policy, now);
  RangeSet lacking = unanswered(request, policy, ledger, askable);
  for (const auto& [begin, failure] : ledger.rest_failures) lacking.subtract(failure.range);

  Plan plan{.steps = pages(request, policy, ledger, lacking, rules, askable.end), .at_once = 0};
  const bool may_precede_listing = ledger.rest_began_empty && !ledger.first_candle_asked && plan.steps.size() > 1;
  if (may_precede_listing) plan.steps.insert(plan.steps.begin(), first_candle_step(request));
  // The first call goes alone: should the symbol be unknown or the window precede its listing, the others are spared.
  const bool alone = may_precede_listing || !ledger.rest_asked;
  plan.at_once = alone ? std::min<std::size_t>(1, plan.steps.size()) : plan.steps.size();
  return plan;
}

}  // namespace klinekeep::planner
