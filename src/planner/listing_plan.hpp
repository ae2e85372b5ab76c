// When the archive's listing is asked, and for what. Inside the planner only; pure.
#pragma once

#include <string_view>
#include <vector>

#include "planner/archive_files.hpp"
#include "planner/policy.hpp"

namespace klinekeep::planner {

/// Whether the listing from the first file on is worth a question: not known, and not failed.
[[nodiscard]] bool is_listing_worth_asking(const Ledger& ledger, Interval interval, Granularity g);

/// From the first file on.
[[nodiscard]] Step list_from_first(const Policy& policy, Granularity g, const TimeRange& range, std::string reason);

/// The files after the one of period `after`, until past `range`.
[[nodiscard]] Step list_after(const Policy& policy, Granularity g, Timestamp after, const TimeRange& range,
                              std::string reason);

/// What the listing has to tell before `files` are asked, if more than `without` of them are unlisted.
[[nodiscard]] std::vector<Step> listings_for(const Policy& policy, const Ledger& ledger, const std::vector<Step>& files,
                                             std::size_t without);

/// How many of `files`, which wait for a listing, may be asked for beside it; they are put first. Some of many, so that
/// little was in vain where they are not there, and that the way to the host is warm where they are; the last ones, as
/// a series is more likely to be older than its window than to have ended; and none where something is known already,
/// which tells more than that.
[[nodiscard]] std::size_t put_first_beside_listing(const Ledger& ledger, std::vector<Step>& files);

}  // namespace klinekeep::planner
