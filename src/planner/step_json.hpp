// Steps as JSON, so that another machine could run them. Pure.
//
// An object: kind ("archive_file", "rest_page", "first_candle", "next_candle", "list"), upstream, market, series_kind
// ("klines"), symbol, interval; of a
// file granularity, period, accept_unverified and listed_as_of (null: not known); of a page window {from, to}, limit,
// candles and again; of a next candle window; of a listing granularity and after (null: from the first); then range
// {from, to}, requests, bytes, reason. Times are ISO 8601 in UTC, ranges
// half-open; a period is spelt as in its file's name.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/series.hpp"
#include "planner/step.hpp"

namespace klinekeep::planner {

struct SeriesStep {
  Series series;
  Step step;

  friend bool operator==(const SeriesStep&, const SeriesStep&) = default;
};

[[nodiscard]] std::string to_json(const Series& series, const Step& step);

/// The step that `json` is, or none: where a field is missing, or has a value that no planner would give it. Members
/// that are not known are passed over. Any bytes may be given.
[[nodiscard]] std::optional<SeriesStep> parse_step(std::string_view json);

}  // namespace klinekeep::planner
