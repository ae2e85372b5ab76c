#include "cache/path_command.hpp"

#include "cache/selection.hpp"
#include "core/checks.hpp"
#include "input/amounts.hpp"
#include "input/choices.hpp"
#include "input/interval_word.hpp"
#include "klinekeep/errors.hpp"
#include "managers.hpp"
#include "output/byte_sink.hpp"
#include "views/json.hpp"

namespace klinekeep::cli {
namespace {

constexpr auto kPathFooter = R"(
The cache directory; the folder of a series; or the file of its month. They need not be there. A
series is of one exchange (--upstream, KLINEKEEP_UPSTREAM).

Examples:
  klinekeep cache path
  klinekeep cache path BTCUSDT 1m
  klinekeep cache path BTCUSDT 1m 2024-03 --market um
)";

std::filesystem::path find_path(const PathFlags& flags, const Settings& settings) {
  const MarketType market = input::parse_market_flag(flags.market);
  if (flags.symbol.empty()) {
    refuse_upstream(settings, "the cache directory is one");
    return open_cache(settings)->directory();
  }
  const Symbol symbol{flags.symbol};
  if (flags.interval.empty()) throw InvalidRequest("the folder of a series takes SYMBOL and INTERVAL");
  const Interval interval = input::parse_interval(flags.interval);
  check_interval(market, interval);
  constexpr std::chrono::year_month kAny{std::chrono::year{2024}, std::chrono::January};
  const auto month = flags.month.empty() ? kAny : input::parse_month(flags.month);
  const Upstream upstream = DataSourceManager{manager_options(settings, market)}.upstream();
  const std::filesystem::path file = open_cache(settings)->path_of(market, symbol, interval, month, upstream);
  return flags.month.empty() ? file.parent_path() : file;
}

}  // namespace

CLI::App* add_cache_path(CLI::App& cache, PathFlags& flags) {
  CLI::App* const path = cache.add_subcommand("path", "Where things are");
  path->add_option("symbol", flags.symbol, "Trading pair, like BTCUSDT")->type_name("SYMBOL");
  path->add_option("interval", flags.interval, "Its interval")->type_name("INTERVAL");
  path->add_option("month", flags.month, "A month, like 2024-03")->type_name("MONTH");
  path->add_option("--market", flags.market, "spot, um (USD-M futures) or cm (COIN-M futures)")
      ->capture_default_str()
      ->type_name("M");
  path->footer(kPathFooter);
  return path;
}

void run_cache_path(const PathFlags& flags, const Settings& settings) {
  const std::filesystem::path path = find_path(flags, settings);
  write_stdout(settings.json ? json_text({{"path", path.native()}}) : path.native() + '\n');
}

}  // namespace klinekeep::cli
