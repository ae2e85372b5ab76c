// REST: pages of at most `limit` bars over what is missing, fewest calls first.
#include <fmt/format.h>

#include "core/market_rules.hpp"
#include "planner/costs.hpp"
#include "planner/source_plan.hpp"
#include "planner/standing.hpp"

namespace klinekeep::planner {
namespace {

constexpr int kBelowThisExactly = 100;  // a limit below this weighs less on futures, so it is what is left

/// Greedy from the left: each page begins at the first slot that is missing and swallows what else it reaches. No cover
/// of points on a line by windows of one length has fewer.
std::vector<Step> pages(const Request& request, const Policy& policy, const Ledger& ledger, const RangeSet& lacking,
                        Timestamp closed_end) {
  std::vector<Step> steps;
  Timestamp done = kBeginOfTime;
  for (const TimeRange& gap : lacking) {
    for (Timestamp begin = std::max(gap.begin, done); begin < gap.end; begin = done) {
      const RangeSet inside = lacking.intersect(TimeRange{begin, page_reach(request.series, begin)});
      const TimeRange window{begin, inside.ranges().back().end};
      const auto bars = request.series.interval.count(window);
      steps.push_back(page_step(request, policy, ledger, window, closed_end,
                                fmt::format("{} {} from REST, as asked", bars, bars == 1 ? "candle" : "candles")));
      done = std::get<RestPage>(steps.back().action).window.end;
    }
  }
  return steps;
}

}  // namespace

Step page_step(const Request& request, const Policy& policy, const Ledger& ledger, TimeRange window,
               Timestamp closed_end, std::string reason) {
  if (window.end == closed_end) {
    window.end = std::max(window.end, std::min(page_reach(request.series, window.begin), request.slots.end));
  }
  const auto bars = static_cast<int>(request.series.interval.count(window));
  const bool exact = bars < kBelowThisExactly && !ledger.rest_crowded.touches(window);
  return {.action = RestPage{window, exact ? bars : rules_of(request.series.market).page_bars, bars},
          .range = window,
          .requests = 1,
          .bytes = page_bytes(policy, bars),
          .reason = std::move(reason)};
}

bool may_precede_first_candle(const Ledger& ledger, const std::vector<Step>& pages) {
  if (!ledger.rest_began_empty || ledger.first_candle_asked || ledger.first_candle || pages.size() < 2) return false;
  return ledger.present.empty() || ledger.present.begin()->begin >= pages.front().range.begin;
}

Step first_candle_step(const Request& request, std::string reason) {
  return {.action = FirstCandle{}, .range = request.slots, .requests = 1, .bytes = 1000, .reason = std::move(reason)};
}

RangeSet failed_pages(const Ledger& ledger) {
  RangeSet failed;
  for (const auto& [begin, failure] : ledger.rest_failures) failed.add(failure.range);
  return failed;
}

Plan rest_plan(const Request& request, const Policy& policy, const Ledger& ledger, Timestamp now) {
  if (ledger.unknown_to_rest) return {};
  const TimeRange askable = askable_part(request, policy, now);
  const RangeSet lacking = standing(request, policy, ledger, askable).open.minus(failed_pages(ledger));

  Plan plan{.steps = pages(request, policy, ledger, lacking, askable.end), .at_once = 0};
  const bool ask_first = may_precede_first_candle(ledger, plan.steps);
  if (ask_first)
    plan.steps.insert(plan.steps.begin(),
                      first_candle_step(request, "the first page was empty: since when is there anything?"));
  // The first call goes alone: should the symbol be unknown or the window precede its listing, the others are spared.
  const bool alone = ask_first || !ledger.rest_asked;
  plan.at_once = alone ? std::min<std::size_t>(1, plan.steps.size()) : plan.steps.size();
  return plan;
}

}  // namespace klinekeep::planner
