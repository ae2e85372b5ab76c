// What `klinekeep cache stats` says. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "klinekeep/unified_cache_manager.hpp"
#include "output/terminal.hpp"

namespace klinekeep::cli {

struct CacheTotals {
  std::optional<Upstream> upstream;  // none: of all
  std::optional<MarketType> market;  // none: all of them
  std::int64_t symbols = 0;
  std::int64_t partitions = 0;
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
  std::optional<Timestamp> oldest_use = std::nullopt;
};

/// One for each of `markets` of Binance (of `only`), in their order, one for each of other exchanges that has
/// partitions, and one for all of them at the end. Of the exchange `only` alone where it is named. A symbol of two
/// markets is two.
[[nodiscard]] std::vector<CacheTotals> totals_of(const std::vector<CacheEntry>& entries,
                                                 const std::vector<MarketType>& markets,
                                                 const std::optional<Upstream>& only = std::nullopt);

[[nodiscard]] std::string totals_table(const std::vector<CacheTotals>& totals, const Screen& screen);
/// upstream,market,symbols,partitions,rows,bytes,oldest_use; the last line is that of `all`.
[[nodiscard]] std::string totals_csv(const std::vector<CacheTotals>& totals);
/// {"directory": …, "upstreams": {"binance": {"spot": {…}, …}, …}, "all": {…}}
[[nodiscard]] std::string totals_json(const std::vector<CacheTotals>& totals, const std::filesystem::path& directory);

}  // namespace klinekeep::cli
