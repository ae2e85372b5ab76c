#include "symbols_command.hpp"

#include <fmt/format.h>
#include <fnmatch.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "input/choices.hpp"
#include "klinekeep/enhanced_retriever.hpp"
#include "klinekeep/vision_data_client.hpp"
#include "manager/exchange.hpp"
#include "managers.hpp"
#include "output/byte_sink.hpp"
#include "output/display_text.hpp"
#include "sources/parallel.hpp"

namespace klinekeep::cli {
namespace {

constexpr auto kSymbolsFooter = R"(
Without --since: since when exchangeInfo says that a contract is traded (futures only). With it: the
first day in the archive, by one request a symbol. Symbols of which the cache has candles are listed
too, whatever exchangeInfo says.

Examples:
  klinekeep symbols
  klinekeep symbols --market um 'BTC*'
  klinekeep symbols --since BTCUSDT ETHUSDT --json
)";

bool is_wanted(const std::string& symbol, const std::vector<std::string>& patterns) {
  return patterns.empty() || std::ranges::any_of(patterns, [&](const std::string& pattern) {
           return fnmatch(pattern.c_str(), symbol.c_str(), 0) == 0;
         });
}

std::string day(const std::optional<Timestamp>& t) { return t ? format_iso(*t).substr(0, 10) : std::string{}; }

/// Adds those of which the cache has candles and exchangeInfo does not speak (any more): they can be had too.
void add_cached(std::vector<SymbolInfo>& symbols, MarketType market, const Upstream& upstream,
                const Settings& settings) {
  std::set<std::string> known;
  for (const SymbolInfo& each : symbols) known.insert(each.symbol);
  try {
    for (const CacheEntry& entry :
         open_cache(settings)->list({.market = market, .kind = Kind::klines, .upstream = upstream})) {
      if (known.insert(entry.symbol).second) symbols.push_back({entry.symbol, "", std::nullopt});
    }
  } catch (const CacheError&) {
    // What exchangeInfo says is the answer; a cache that cannot be read has nothing to add.
  }
}

/// Replaces exchangeInfo's word by the first day in the archive.
void ask_archive(std::vector<SymbolInfo>& symbols, MarketType market, const VisionOptions& options,
                 std::stop_token stop) {
  const VisionDataClient vision{options};
  sources::run_parallel(
      symbols.size(), options.parallel, std::move(stop), [&](std::size_t i, std::stop_token job_stop) {
        symbols[i].onboard = vision.first_file(market, Symbol{symbols[i].symbol}, Interval::DAY_1, std::move(job_stop));
      });
}

std::string as_json(const std::vector<SymbolInfo>& symbols) {
  auto list = nlohmann::ordered_json::array();
  for (const SymbolInfo& each : symbols) {
    nlohmann::ordered_json entry{{"symbol", each.symbol}, {"status", each.status}, {"since", nullptr}};
    if (each.onboard) entry["since"] = day(each.onboard);
    list.push_back(std::move(entry));
  }
  return list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
}

std::string as_csv(const std::vector<SymbolInfo>& symbols) {
  std::string text = "symbol,status,since\n";
  for (const SymbolInfo& each : symbols) text += fmt::format("{},{},{}\n", each.symbol, each.status, day(each.onboard));
  return text;
}

std::string as_columns(const std::vector<SymbolInfo>& symbols) {
  std::size_t width = 0;
  for (const SymbolInfo& each : symbols) width = std::max(width, display_width(each.symbol));
  std::string text;
  for (const SymbolInfo& each : symbols) {
    text += fmt::format("{}{}  {:<12}{}\n", each.symbol, std::string(width - display_width(each.symbol), ' '),
                        each.status, day(each.onboard));
  }
  return text;
}

/// exchangeInfo is the exchange's word, but what it calls a symbol goes to a terminal and into URLs: leave out what is
/// none.
bool is_symbol(const std::string& text) {
  try {
    return Symbol{text}.text() == text;
  } catch (const InvalidRequest&) {
    return false;
  }
}

}  // namespace

CLI::App* add_symbols(CLI::App& app, SymbolsFlags& flags) {
  CLI::App* const symbols = app.add_subcommand("symbols", "What can be had, and since when");
  symbols->add_option("pattern", flags.patterns, "Only these; * and ? stand for any characters")->type_name("PATTERN");
  symbols->add_option("--market", flags.market, "spot, um (USD-M futures) or cm (COIN-M futures)")
      ->capture_default_str()
      ->type_name("M");
  symbols->add_flag("--since", flags.since, "Ask the archive's listing for the first day of each");
  symbols->footer(kSymbolsFooter);
  return symbols;
}

void run_symbols(const SymbolsFlags& flags, const Settings& settings, std::stop_token stop) {
  const MarketType market = input::parse_market_flag(flags.market);
  // As a manager would ask: REST and archive of one exchange.
  const manager::Exchange exchange{manager_options(settings, market)};
  if (flags.since) (void)exchange.upstream(DataSource::AUTO);
  if (flags.since) (void)sources::archive_base(exchange.vision());
  const EnhancedRetriever rest{exchange.rest()};
  std::vector<SymbolInfo> symbols = rest.symbols(market, stop);
  add_cached(symbols, market, rest.upstream(), settings);
  std::erase_if(symbols,
                [&](const SymbolInfo& s) { return !is_symbol(s.symbol) || !is_wanted(s.symbol, flags.patterns); });
  std::ranges::sort(symbols, {}, &SymbolInfo::symbol);
  if (flags.since) ask_archive(symbols, market, exchange.vision(), stop);
  if (stop.stop_requested()) throw Cancelled{};
  const bool to_terminal = isatty(STDOUT_FILENO) == 1;
  const std::string text = settings.json ? as_json(symbols) : to_terminal ? as_columns(symbols) : as_csv(symbols);
  write_stdout(text);
}

}  // namespace klinekeep::cli
