// Ranges and times in JSON.
#pragma once

#include <algorithm>
#include <optional>

#include "klinekeep/interval.hpp"
#include "views/json.hpp"

namespace klinekeep::cli {

/// The last grid point in `range`, which is not empty.
[[nodiscard]] inline Timestamp last_open(const TimeRange& range, Interval interval) {
  return std::max(range.begin, interval.floor(range.end - Duration{1}));
}

/// {"from": …, "to": …}: the first and last open_time.
[[nodiscard]] inline Json range_json(const TimeRange& range, Interval interval) {
  return {{"from", format_iso(range.begin)}, {"to", format_iso(last_open(range, interval))}};
}

/// ISO 8601 UTC, or null.
[[nodiscard]] inline Json time_json(const std::optional<Timestamp>& t) { return t ? Json(format_iso(*t)) : Json(); }

}  // namespace klinekeep::cli
