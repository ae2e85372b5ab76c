// What REST has not brought: which of it is absent, and which of it a glitch could have left out. Inside the planner
// only; pure.
#pragma once

#include <iterator>

#include "planner/ledger.hpp"
#include "planner/policy.hpp"

namespace klinekeep::planner {

/// By slots.
struct Judged {
  RangeSet absent;  // on evidence: short holes at a page's edge, and what was absent before and was asked again
  RangeSet asked;   // absent as an answer to a question said
  RangeSet weak;    // an empty page, or much at a page's edge; adjoining pieces are one stretch. Not in the others
};

/// Pieces that adjoin are judged as one stretch, so it does not matter where one page ended and the next began.
[[nodiscard]] Judged judge(const Ledger& ledger, Interval interval);

/// The first of a ledger's `late` that reaches into `window`, and has not been asked again; else its end().
template <class Lates>
[[nodiscard]] auto late_in(Lates& late, const TimeRange& window) {
  auto at = late.upper_bound(window.begin);
  if (at != late.begin() && std::prev(at)->second.range.end > window.begin) --at;
  while (at != late.end() && at->first < window.end && at->second.asked_again) ++at;
  return at != late.end() && at->first < window.end ? at : late.end();
}

/// REST's silence about `range` does not count any more.
void unsay(Ledger& ledger, const TimeRange& range);

/// The slots before the market began, where that is known: no question is asked for them.
[[nodiscard]] RangeSet before_market(const Wanted& wanted);

/// From before the request's begin on, what questions say that REST has no candle for: COIN-M, window after window.
[[nodiscard]] TimeRange asked_from_the_begin(const Wanted& wanted, const Ledger& ledger);

/// The slots before the first candle in REST, by its own word; where it has none at all, all of them.
[[nodiscard]] RangeSet before_first_in_rest(const Wanted& wanted, const Ledger& ledger);

}  // namespace klinekeep::planner
