#include "cache/selection.hpp"

#include <fmt/format.h>

#include <map>

#include "core/checks.hpp"
#include "input/choices.hpp"
#include "input/interval_word.hpp"
#include "klinekeep/errors.hpp"
#include "messages.hpp"

namespace klinekeep::cli {

void add_market_flag(CLI::App& command, std::string& market) {
  command.add_option("--market", market, "Only spot, um (USD-M futures) or cm (COIN-M futures)")->type_name("M");
}

void add_selection_flags(CLI::App& command, SelectionFlags& flags) {
  command.add_option("symbol", flags.symbol, "Only this trading pair")->type_name("SYMBOL");
  command.add_option("interval", flags.interval, "Only this interval")->type_name("INTERVAL");
  add_market_flag(command, flags.market);
}

std::optional<MarketType> parse_market_or_all(const std::string& word) {
  if (word.empty()) return std::nullopt;
  return input::parse_market_flag(word);
}

CacheSelection parse_selection(const SelectionFlags& flags, const Settings& settings) {
  CacheSelection selection;
  selection.market = parse_market_or_all(flags.market);
  if (!flags.symbol.empty()) selection.symbol = Symbol{flags.symbol};
  if (!flags.interval.empty()) selection.interval = input::parse_interval(flags.interval);
  selection.upstream = settings.upstream_flag;
  if (selection.market && selection.interval) check_interval(*selection.market, *selection.interval);
  return selection;
}

void refuse_upstream(const Settings& settings, std::string_view what) {
  if (settings.upstream_flag) throw InvalidRequest(fmt::format("{}, whatever exchange: leave --upstream out", what));
}

CacheSelection of_the_exchange(CacheSelection selection, Managers& managers) {
  selection.kind = Kind::klines;
  selection.upstream = managers.of(selection.market.value_or(MarketType::SPOT)).upstream();
  return selection;
}

void tell_of_others(const UnifiedCacheManager& cache, const CacheSelection& selection, const Settings& settings) {
  if (settings.upstream_flag || settings.quiet) return;
  CacheSelection of_all = selection;
  of_all.upstream.reset();
  std::map<std::string, std::int64_t> others;
  for (const CachedSeries& series : cache.series(of_all)) {
    if (series.upstream != *selection.upstream) ++others[series.upstream.name()];
  }
  if (others.empty()) return;
  std::string told;
  for (const auto& [name, count] : others) {
    told += fmt::format("{}{} series of {} (--upstream {})", told.empty() ? "" : ", ", count, name, name);
  }
  complain(fmt::format("left out, as of other exchanges: {}", told));
}

}  // namespace klinekeep::cli
