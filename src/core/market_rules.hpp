// What differs between the markets, as data: one table for the planner, the REST client and the archive's paths.
// Facts of Binance: its API documentation and recorded answers (tests/data/PROVENANCE.md).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "klinekeep/market.hpp"

namespace klinekeep {

struct MarketRules {
  MarketType market;
  std::string_view name;                          // "spot", "um", "cm"
  std::string_view archive_path;                  // below /data/
  std::string_view rest_path;                     // before /klines
  int page_bars;                                  // bars a request with the most rows per weight
  std::optional<std::chrono::days> longest_page;  // a window longer than this is refused
  /// Without a value, startTime alone asks for the first candle from there on. Else one bound implies a window, so a
  /// candle is asked for within `longest_page`, and this is before the first one of the market.
  std::optional<std::chrono::sys_days> began;
};

[[nodiscard]] const MarketRules& rules_of(MarketType market);

/// The request weight of a klines call with this `limit`.
[[nodiscard]] int klines_weight(MarketType market, int limit);

}  // namespace klinekeep
