// The months that partitions are cut into. Pure.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "klinekeep/time.hpp"

namespace klinekeep::store {

using Month = std::chrono::year_month;

/// The UTC month that `t` lies in.
[[nodiscard]] Month month_of(Timestamp t);
[[nodiscard]] TimeRange range_of(Month month);
/// `2024-03`, for sentences.
[[nodiscard]] std::string text_of(Month month);
/// The months that `range` touches, in order, within the years 1 to 9999 that a partition can be of.
[[nodiscard]] std::vector<Month> months_in(const TimeRange& range);

}  // namespace klinekeep::store
