// The two halves of planning, a source each. Inside the planner only.
#pragma once

#include "planner/plan.hpp"

namespace klinekeep::planner {

[[nodiscard]] Plan rest_plan(const Request& request, const Policy& policy, const Ledger& ledger, Timestamp now);
[[nodiscard]] Plan archive_plan(const Request& request, const Policy& policy, const Ledger& ledger, Timestamp now);

/// The slots that may be asked at all: closed ones, and the forming one where the policy wants it.
[[nodiscard]] TimeRange askable_part(const Request& request, const Policy& policy, Timestamp now);

/// Slots that the source asked has not answered yet, in `slots`.
[[nodiscard]] RangeSet unanswered(const Request& request, const Policy& policy, const Ledger& ledger,
                                  const TimeRange& slots);

/// Whether the listing has told that the file is not there, or a 404 has.
[[nodiscard]] bool is_absent(const FileLedger& files, Timestamp period);

}  // namespace klinekeep::planner
