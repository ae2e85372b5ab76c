// REST: pages of at most `limit` bars over what is missing, fewest calls first.
#include <fmt/format.h>

#include <algorithm>

#include "core/market_rules.hpp"
#include "planner/costs.hpp"
#include "planner/open_slots.hpp"
#include "planner/questions.hpp"
#include "planner/silence.hpp"
#include "planner/source_plan.hpp"

namespace klinekeep::planner {
namespace {

constexpr int kBelowThisExactly = 100;  // a limit below this weighs less on futures, so it is what is left

std::string why(const Wanted& wanted, const Policy& policy, std::int64_t bars) {
  const auto candles = fmt::format("{} {} from REST", bars, bars == 1 ? "candle" : "candles");
  if (!policy.lacks_archive) return candles + ", as asked";
  return fmt::format("{}: no archive of {} is known", candles, wanted.series.upstream.name());
}

/// Greedy from the left: each page begins at the first slot that is missing and swallows what else it reaches. No cover
/// of points on a line by windows of one length has fewer.
std::vector<Step> pages(const Wanted& wanted, const Policy& policy, const Ledger& ledger, const RangeSet& lacking,
                        Timestamp closed_end) {
  std::vector<Step> steps;
  Timestamp done = kBeginOfTime;
  for (const TimeRange& gap : lacking) {
    for (Timestamp begin = std::max(gap.begin, done); begin < gap.end; begin = done) {
      const RangeSet inside = lacking.intersect(TimeRange{begin, page_reach(wanted.series, begin)});
      const TimeRange window{begin, inside.ranges().back().end};
      const auto bars = wanted.series.interval.count(window);
      steps.push_back(page_step(wanted, policy, ledger, window, closed_end, why(wanted, policy, bars)));
      done = std::get<RestPage>(steps.back().action).window.end;
    }
  }
  return steps;
}

/// What an answer left out or did not reach, and should have.
bool is_asked_again(const Ledger& ledger, const TimeRange& window) {
  return ledger.disproved.touches(window) || ledger.denied.touches(window) ||
         late_in(ledger.late, window) != ledger.late.end();
}

}  // namespace

Step page_step(const Wanted& wanted, const Policy& policy, const Ledger& ledger, TimeRange window, Timestamp closed_end,
               std::string reason) {
  if (window.end == closed_end) {
    window.end = std::max(window.end, std::min(page_reach(wanted.series, window.begin), wanted.slots.end));
  }
  const auto bars = static_cast<int>(wanted.series.interval.count(window));
  const bool exact = bars < kBelowThisExactly && !ledger.rest_crowded.touches(window);
  return {.action = RestPage{window, exact ? bars : rules_of(wanted.series.market).page_bars, bars,
                             is_asked_again(ledger, window)},
          .range = window,
          .requests = 1,
          .bytes = page_bytes(policy, bars),
          .reason = std::move(reason)};
}

RangeSet failed_pages(const Ledger& ledger) {
  RangeSet failed;
  for (const auto& entry : ledger.rest_failures) failed.add(entry.second.range);
  return failed;
}

Plan rest_plan(const Wanted& wanted, const Policy& policy, const Ledger& ledger, Timestamp now) {
  if (ledger.unknown_to_rest) return {};
  const TimeRange askable = askable_part(wanted, policy, now);
  const OpenSlots left = find_open_slots(wanted, policy, ledger, askable);
  const ArchiveFiles files{wanted, policy, ledger, now};
  Questions questions = questions_for_rest(wanted, policy, ledger, left, files);
  const RangeSet lacking = left.open.minus(failed_pages(ledger)).minus(questions.held);

  Plan plan{.steps = std::move(questions.steps), .at_once = 0};
  std::vector<Step> asked = pages(wanted, policy, ledger, lacking, askable.end);
  // The first call goes alone: should the symbol be unknown or the window precede its listing, the others are spared.
  plan.at_once = plan.steps.size() + (ledger.rest_asked ? asked.size() : std::min<std::size_t>(1, asked.size()));
  std::ranges::move(asked, std::back_inserter(plan.steps));
  return plan;
}

}  // namespace klinekeep::planner
