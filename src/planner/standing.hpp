// How the slots of a request stand, by what counts as an answer for its source. Inside the planner only; pure.
#pragma once

#include "planner/ledger.hpp"
#include "planner/policy.hpp"

namespace klinekeep::planner {

struct Standing {
  RangeSet open;  // no answer yet
  // AUTO: REST has no candle there, but then it has not one row of the request: the archive has the last word. Not what
  // was remembered as a gap before.
  RangeSet unproven;
};

[[nodiscard]] Standing standing(const Request& request, const Policy& policy, const Ledger& ledger,
                                const TimeRange& slots);

/// The closed slots that have no answer for good or for bad: what `missing` explains, and `gaps` leaves out.
[[nodiscard]] RangeSet unanswered(const Request& request, const Policy& policy, const Ledger& ledger, Timestamp now);

/// Whether REST has nothing of the series: it does not know the symbol, or has not one candle of it.
[[nodiscard]] bool has_nothing_in_rest(const Ledger& ledger);

}  // namespace klinekeep::planner
