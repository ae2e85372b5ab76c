// Every URL of the REST API is made here. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "core/series.hpp"
#include "planner/step.hpp"

namespace klinekeep::sources {

/// All candles that open in the page's window; Binance's bounds are inclusive. `limit` is always sent.
[[nodiscard]] std::string klines_url(std::string_view base, const Series& series, const planner::RestPage& page);

/// The first candle there ever was: startTime=0, limit=1.
[[nodiscard]] std::string first_candle_url(std::string_view base, const Series& series);

[[nodiscard]] std::string exchange_info_url(std::string_view base, MarketType market);

}  // namespace klinekeep::sources
