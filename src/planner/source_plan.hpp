// The planning for each source, and what they share. Inside the planner only.
#pragma once

#include "planner/cover.hpp"
#include "planner/plan.hpp"

namespace klinekeep::planner {

[[nodiscard]] Plan rest_plan(const Wanted& wanted, const Policy& policy, const Ledger& ledger, Timestamp now);
[[nodiscard]] Plan archive_plan(const Wanted& wanted, const Policy& policy, const Ledger& ledger, Timestamp now);
[[nodiscard]] Plan auto_plan(const Wanted& wanted, const Policy& policy, const Ledger& ledger, Timestamp now);

/// The slots that may be asked at all: closed ones, and the forming one where the policy wants it.
[[nodiscard]] TimeRange askable_part(const Wanted& wanted, const Policy& policy, Timestamp now);

[[nodiscard]] Step file_step(const Wanted& wanted, const Policy& policy, const Ledger& ledger, const ArchiveFile& file,
                             std::string reason);

/// The files, in order, whose bytes nothing proves but which could be read, for what of `missing` they have.
[[nodiscard]] std::vector<Step> unverified_files(const Wanted& wanted, const Policy& policy, const Ledger& ledger,
                                                 const RangeSet& missing);

/// The page for `window`. One that ends with the last closed candle takes the forming one along, as far as it reaches:
/// if our clock is behind the exchange's, it has closed.
[[nodiscard]] Step page_step(const Wanted& wanted, const Policy& policy, const Ledger& ledger, TimeRange window,
                             Timestamp closed_end, std::string reason);

/// Since when REST has anything; `range` is the stretch that this is about.
[[nodiscard]] Step first_candle_step(const TimeRange& range, std::string reason);

/// What REST could not be asked.
[[nodiscard]] RangeSet failed_pages(const Ledger& ledger);

}  // namespace klinekeep::planner
