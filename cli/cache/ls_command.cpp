#include "cache/ls_command.hpp"

#include "managers.hpp"
#include "output/byte_sink.hpp"
#include "views/partitions_view.hpp"
#include "views/totals_view.hpp"

namespace klinekeep::cli {
namespace {

constexpr auto kLsFooter = R"(
A partition is a month of a series. A table on a terminal, elsewhere csv:
upstream,market,kind,symbol,interval,month,rows,bytes,first,last. Of all exchanges, unless
--upstream names one (KLINEKEEP_UPSTREAM is not looked at).

Examples:
  klinekeep cache ls
  klinekeep cache ls BTCUSDT 1m --market spot
  klinekeep cache ls BTCUSDT --json
)";

constexpr auto kStatsFooter = R"(
For each market of each exchange, and for all: symbols, partitions, rows, bytes, and when the least
recently used partition was used. Of all exchanges, unless --upstream names one
(KLINEKEEP_UPSTREAM is not looked at).

Examples:
  klinekeep cache stats
  klinekeep cache stats --market um --json
)";

std::string ls_text(const std::vector<CacheEntry>& entries, const Settings& settings, const Screen& screen) {
  if (settings.json) return partitions_json(entries);
  return screen.is_terminal ? partitions_table(entries, screen) : partitions_csv(entries);
}

std::string stats_text(const std::vector<CacheTotals>& totals, const Screen& screen) {
  return screen.is_terminal ? totals_table(totals, screen) : totals_csv(totals);
}

}  // namespace

CLI::App* add_cache_ls(CLI::App& cache, SelectionFlags& flags) {
  CLI::App* const ls = cache.add_subcommand("ls", "The partitions, their rows, sizes and times");
  add_selection_flags(*ls, flags);
  ls->footer(kLsFooter);
  return ls;
}

void run_cache_ls(const SelectionFlags& flags, const Settings& settings) {
  const CacheSelection selection = parse_selection(flags, settings);
  const auto cache = open_cache(settings);
  write_stdout(ls_text(cache->list(selection), settings, stdout_screen()));
  tell_of_nothing(*cache, selection, settings);
}

CLI::App* add_cache_stats(CLI::App& cache, std::string& market) {
  CLI::App* const stats = cache.add_subcommand("stats", "How much there is, by market");
  add_market_flag(*stats, market);
  stats->footer(kStatsFooter);
  return stats;
}

void run_cache_stats(const std::string& market, const Settings& settings) {
  const auto only = parse_market_or_all(market);
  const auto cache = open_cache(settings);
  const std::vector<MarketType> markets =
      only ? std::vector{*only} : std::vector<MarketType>{kMarkets.begin(), kMarkets.end()};
  const CacheSelection selection{.market = only, .upstream = settings.upstream_flag};
  const std::vector<CacheTotals> totals = totals_of(cache->list(selection), markets, settings.upstream_flag);
  write_stdout(settings.json ? totals_json(totals, cache->directory()) : stats_text(totals, stdout_screen()));
  tell_of_nothing(*cache, selection, settings);
}

}  // namespace klinekeep::cli
