// Every URL of the REST API is made here. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "core/series.hpp"
#include "planner/step.hpp"

namespace klinekeep::sources {

/// All candles that open in the page's window; Binance's bounds are inclusive. `limit` is always sent. A page that is
/// asked again bears another endTime that means the same, so that nobody on the way answers with what he has kept.
[[nodiscard]] std::string klines_url(std::string_view base, const Series& series, const planner::RestPage& page);

/// The first candle from `from` on: startTime, limit=1. In a market that takes a window, any one of `window`.
[[nodiscard]] std::string candle_url(std::string_view base, const Series& series, const TimeRange& window);

[[nodiscard]] std::string exchange_info_url(std::string_view base, MarketType market);

}  // namespace klinekeep::sources
