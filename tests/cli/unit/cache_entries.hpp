// Partitions of a cache that is not there, for tests.
#pragma once

#include <string>

#include "klinekeep/unified_cache_manager.hpp"

namespace klinekeep::cli {

[[nodiscard]] inline CacheEntry cache_entry(MarketType market, const std::string& symbol, Interval interval,
                                            std::chrono::year_month month, std::int64_t rows, std::int64_t bytes) {
  const Timestamp first = std::chrono::sys_days{month / 1};
  const Timestamp end = std::chrono::sys_days{(month + std::chrono::months{1}) / 1};
  return {.market = market,
          .symbol = symbol,
          .interval = interval,
          .month = month,
          .path = "/cache/" + symbol + ".arrow",
          .bytes = bytes,
          .rows = rows,
          .first = rows > 0 ? std::optional{first} : std::nullopt,
          .last = rows > 0 ? std::optional{interval.floor(end - Duration{1})} : std::nullopt,
          .covered = {{first, end}},
          .used = end};
}

}  // namespace klinekeep::cli
