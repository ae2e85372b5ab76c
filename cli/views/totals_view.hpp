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
  std::optional<MarketType> market;  // none: all of them
  std::int64_t symbols = 0;
  std::int64_t partitions = 0;
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
  std::optional<Timestamp> oldest_use = std::nullopt;
};

/// One for each of `markets`, in their order, and one for all of them at the end. A symbol of two markets is two.
[[nodiscard]] std::vector<CacheTotals> totals_of(const std::vector<CacheEntry>& entries,
                                                 const std::vector<MarketType>& markets);

[[nodiscard]] std::string totals_table(const std::vector<CacheTotals>& totals, const Screen& screen);
/// market,symbols,partitions,rows,bytes,oldest_use; the last line is that of the market `all`.
[[nodiscard]] std::string totals_csv(const std::vector<CacheTotals>& totals);
/// {"directory": …, "markets": {"spot": {…}, …}, "all": {…}}
[[nodiscard]] std::string totals_json(const std::vector<CacheTotals>& totals, const std::filesystem::path& directory);

}  // namespace klinekeep::cli
