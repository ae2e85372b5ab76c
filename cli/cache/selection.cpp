#include "cache/selection.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <vector>

#include "core/checks.hpp"
#include "core/quote.hpp"
#include "input/choices.hpp"
#include "input/interval_word.hpp"
#include "klinekeep/errors.hpp"
#include "messages.hpp"

namespace klinekeep::cli {
namespace {

constexpr std::size_t kTold = 5;

/// The first of them, each once, and how many more there are.
template <class Word>
std::string some_of(const std::vector<CachedSeries>& all, Word word) {
  std::vector<std::string> words;
  for (const CachedSeries& series : all) {
    std::string one = word(series);
    if (std::ranges::count(words, one) == 0) words.push_back(std::move(one));
  }
  const std::size_t told = std::min(words.size(), kTold);
  std::string text =
      fmt::format("{}", fmt::join(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(told), ", "));
  return words.size() > told ? fmt::format("{} and {} more", text, words.size() - told) : text;
}

std::string upstream_of(const CachedSeries& series) { return series.upstream.name(); }
std::string symbol_of(const CachedSeries& series) { return series.symbol; }
std::string interval_of(const CachedSeries& series) {
  return fmt::format("{} {}", series.interval.name(), name(series.market));
}

std::string words_of(const CacheSelection& selection) {
  std::string words{selection.symbol->text()};
  if (selection.interval) words += fmt::format(" {}", selection.interval->name());
  if (selection.market) words += fmt::format(" {}", name(*selection.market));
  return words;
}

}  // namespace

std::optional<std::string> selects_nothing(const UnifiedCacheManager& cache, const CacheSelection& selection,
                                           const Settings& settings) {
  const bool is_named = selection.symbol || settings.upstream_flag;
  if (!is_named || !cache.series(selection).empty()) return std::nullopt;
  const std::vector<CachedSeries> all = cache.series();
  if (all.empty()) return fmt::format("the cache in {} is empty", quote_path(cache.directory().native()));
  const auto of_upstream = cache.series({.upstream = selection.upstream});
  if (of_upstream.empty()) {
    return fmt::format("the cache has nothing of upstream {}; it has series of {}", selection.upstream->name(),
                       some_of(all, upstream_of));
  }
  const std::string of = selection.upstream ? fmt::format(" of upstream {}", selection.upstream->name()) : "";
  if (!selection.symbol) {
    return fmt::format("the cache has nothing of market {}{}; it has {}", name(*selection.market), of,
                       some_of(of_upstream, [](const CachedSeries& each) { return std::string{name(each.market)}; }));
  }
  const auto of_symbol = cache.series({.symbol = selection.symbol, .upstream = selection.upstream});
  if (of_symbol.empty()) {
    return fmt::format("the cache has nothing of {}{}; its symbols are {}", selection.symbol->text(), of,
                       some_of(of_upstream, symbol_of));
  }
  return fmt::format("the cache has nothing of {}{}; of {} it has {}", words_of(selection), of,
                     selection.symbol->text(), some_of(of_symbol, interval_of));
}

void refuse_to_select_nothing(const UnifiedCacheManager& cache, const CacheSelection& selection,
                              const Settings& settings) {
  if (const auto why = selects_nothing(cache, selection, settings)) throw InvalidRequest(*why);
}

void tell_of_nothing(const UnifiedCacheManager& cache, const CacheSelection& selection, const Settings& settings) {
  if (settings.quiet) return;
  if (const auto why = selects_nothing(cache, selection, settings)) complain(*why);
}

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
