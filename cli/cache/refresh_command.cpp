#include "cache/refresh_command.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "klinekeep/errors.hpp"
#include "managers.hpp"
#include "messages.hpp"
#include "output/byte_sink.hpp"
#include "views/upkeep_view.hpp"

namespace klinekeep::cli {
namespace {

constexpr auto kRefreshFooter = R"(
For each series in the cache, of one exchange (--upstream; how much there is of others is told):
checks again what no checksum proves or what came from a source that is not the best one, gaps that
may have been filled, and files whose ETag has changed. What has improved replaces what was there,
and each changed candle is listed, with its first values before and after (--json: all). Exit
codes: 0 done, 2 the cache has nothing of what is named, 3 to 8 as get has them, where something
could not be asked; 9 the cache cannot be used or written.

What came from monthly files is fetched again day by day, as daily files are the better ones: two
requests for each day.

Examples:
  klinekeep cache refresh
  klinekeep cache refresh BTCUSDT 1m --json
)";

std::vector<RefreshOutcome> outcomes_of(const std::vector<CachedSeries>& series) {
  std::vector<RefreshOutcome> all;
  all.reserve(series.size());
  for (const CachedSeries& each : series) {
    all.push_back({.market = each.market,
                   .symbol = each.symbol,
                   .interval = each.interval,
                   .result = {},
                   .error = {},
                   .kind = each.kind,
                   .upstream = each.upstream});
  }
  return all;
}

void refresh(RefreshOutcome& series, const DataSourceManager& manager, const std::stop_token& stop) {
  try {
    series.result = manager.refresh(Symbol{series.symbol}, series.interval, stop);
    series.code = code_of(series.result.failed);
  } catch (const Cancelled&) {
    throw;
  } catch (const CacheError&) {
    throw;
  } catch (const Error& error) {
    series.error = error.what();
    series.code = error.exit_code();
  }
}

}  // namespace

CLI::App* add_cache_refresh(CLI::App& cache, SelectionFlags& flags) {
  CLI::App* const refresh = cache.add_subcommand("refresh", "Ask again for what may be better now");
  add_selection_flags(*refresh, flags);
  refresh->footer(kRefreshFooter);
  return refresh;
}

int run_cache_refresh(const SelectionFlags& flags, const Settings& settings, const std::stop_token& stop) {
  const CacheSelection selection = parse_selection(flags, settings);
  Managers managers{settings};
  const CacheSelection here = of_the_exchange(selection, managers);
  const auto cache = open_cache(settings);
  refuse_to_select_nothing(*cache, here, settings);
  std::vector<RefreshOutcome> all = outcomes_of(cache->series(here));
  std::vector<int> codes;
  for (RefreshOutcome& series : all) {
    refresh(series, managers.of(series.market), stop);
    codes.push_back(series.code);
    if (!settings.json) write_stdout(refresh_lines(series));
    for (const std::string& note : series.result.notes) {
      if (!settings.quiet) complain(note);
    }
  }
  if (settings.json) write_stdout(refreshes_json(all));
  if (all.empty() && !settings.quiet)
    complain(fmt::format("nothing to refresh: the cache holds no such series of {}", here.upstream->name()));
  tell_of_others(*cache, here, settings);
  return common_code(codes);
}

}  // namespace klinekeep::cli
