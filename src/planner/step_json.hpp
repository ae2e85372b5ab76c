// Steps as JSON, so that another machine could run them. Pure.
//
// An object: kind ("archive_file", "rest_page", "first_candle", "next_candle", "list"), upstream, market, series_kind
// ("klines"), symbol, interval; of a
// file granularity, period, accept_unverified and listed_as_of (null: not known); of a page window {from, to}, limit,
// candles and again; of a next candle window; of a listing granularity and after (null: from the first); then range
// {from, to}, requests, bytes, reason. Times are ISO 8601 in UTC, `from` and
// `to` both inclusive open_times; a period is spelt as in its file's name.
#pragma once

#include <string>

#include "core/series.hpp"
#include "planner/step.hpp"

namespace klinekeep::planner {

[[nodiscard]] std::string to_json(const Series& series, const Step& step);

}  // namespace klinekeep::planner
