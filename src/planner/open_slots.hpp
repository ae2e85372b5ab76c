// Which slots of a request are still open, by what counts as an answer for its source. Inside the planner only; pure.
#pragma once

#include "planner/ledger.hpp"
#include "planner/policy.hpp"

namespace klinekeep::planner {

struct OpenSlots {
  RangeSet open;  // no answer yet
  /// REST alone has no candle there, and a glitch could have made it say so: due files are asked (AUTO), else one
  /// question. Not what was remembered as absent before.
  RangeSet unproven;
  RangeSet unasked;  // of these, what no question has confirmed
};

/// The slots of `slots` that REST has not answered, or not on evidence; for AUTO also what only it could answer.
[[nodiscard]] OpenSlots find_open_slots(const Wanted& wanted, const Policy& policy, const Ledger& ledger,
                                        const TimeRange& slots);

/// The closed slots that have no answer for good or for bad: what `missing` explains, and `gaps` leaves out.
[[nodiscard]] RangeSet unanswered(const Wanted& wanted, const Policy& policy, const Ledger& ledger, Timestamp now);

/// Whether REST has nothing of the series: it does not know the symbol, or has not one candle of it.
[[nodiscard]] bool has_nothing_in_rest(const Ledger& ledger);

/// What of `slots` lies before REST's first candle while it is not known since when the archive has any: AUTO.
[[nodiscard]] RangeSet before_first_unlisted(const Wanted& wanted, const Ledger& ledger, const TimeRange& slots);

}  // namespace klinekeep::planner
