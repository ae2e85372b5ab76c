// Ranges and times in JSON.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/last_open.hpp"
#include "klinekeep/errors.hpp"
#include "klinekeep/interval.hpp"
#include "views/json.hpp"

namespace klinekeep::cli {

/// {"from": …, "to": …}: the first and last open_time.
[[nodiscard]] inline Json range_json(const TimeRange& range, Interval interval) {
  return {{"from", format_iso(range.begin)}, {"to", format_iso(last_open(range, interval))}};
}

/// What is missing: {"from", "to", "cause", "detail"} each.
[[nodiscard]] inline Json missing_json(const std::vector<MissingRange>& missing, Interval interval) {
  Json list = Json::array();
  for (const MissingRange& m : missing) {
    Json json = range_json(m.range, interval);
    json["cause"] = std::string{name(m.cause)};
    json["detail"] = m.detail;
    list.push_back(std::move(json));
  }
  return list;
}

/// ISO 8601 UTC, or null.
[[nodiscard]] inline Json time_json(const std::optional<Timestamp>& t) { return t ? Json(format_iso(*t)) : Json(); }

}  // namespace klinekeep::cli
