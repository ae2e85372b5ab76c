// What a file or a page is estimated to cost, in bytes, a request being worth some. Pure.
#pragma once

#include "planner/policy.hpp"
#include "planner/step.hpp"

namespace klinekeep::planner {

inline constexpr int kRequestsPerFile = 2;  // the zip and its CHECKSUM

[[nodiscard]] std::int64_t file_bytes(const Policy& policy, Interval interval, Granularity granularity,
                                      Timestamp period);
[[nodiscard]] std::int64_t file_cost(const Policy& policy, Interval interval, Granularity granularity,
                                     Timestamp period);

[[nodiscard]] std::int64_t page_bytes(const Policy& policy, std::int64_t bars);
[[nodiscard]] std::int64_t page_cost(const Policy& policy, std::int64_t bars);

/// The end of the longest window from `begin` that the market answers in one page.
[[nodiscard]] Timestamp page_reach(const Series& series, Timestamp begin);

/// The fewest pages that `part` alone takes, and what they cost.
[[nodiscard]] std::int64_t pages_cost(const Policy& policy, const Series& series, const TimeRange& part);

}  // namespace klinekeep::planner
