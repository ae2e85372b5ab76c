#include "candle_request.hpp"

#include <fmt/format.h>

#include "input/choices.hpp"
#include "input/columns.hpp"
#include "input/interval_word.hpp"
#include "input/time_words.hpp"

namespace klinekeep::cli {
namespace {

GetOptions parse_options(const RequestFlags& flags) {
  GetOptions options;
  options.use_cache = !flags.no_cache;
  options.enforce_source = input::parse_choice<DataSource>("--source", flags.source,
                                                           {{"auto", DataSource::AUTO},
                                                            {"rest", DataSource::REST},
                                                            {"vision", DataSource::VISION},
                                                            {"cache", DataSource::CACHE}});
  if (flags.no_cache && options.enforce_source == DataSource::CACHE) {
    throw InvalidRequest("--source cache and --no-cache leave nobody to ask");
  }
  if (!flags.columns.empty()) options.columns = input::parse_columns(flags.columns);
  options.partial = flags.partial;
  options.fill = input::parse_choice<Fill>("--fill", flags.fill,
                                           {{"none", Fill::none}, {"nan", Fill::nan}, {"ffill", Fill::ffill}});
  options.keep_off_grid = input::parse_choice<bool>("--off-grid", flags.off_grid, {{"drop", false}, {"keep", true}});
  options.include_open = flags.include_open;
  options.verify =
      input::parse_choice<Verify>("--verify", flags.verify, {{"auto", Verify::AUTO}, {"always", Verify::ALWAYS}});
  options.accept_unverified = flags.accept_unverified;
  return options;
}

}  // namespace

void add_request_flags(CLI::App& command, RequestFlags& flags) {
  command.add_option("symbol", flags.symbol, "Trading pair, like BTCUSDT")->required()->type_name("SYMBOL");
  command.add_option("interval", flags.interval, "1s 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w 1M")
      ->required()
      ->type_name("INTERVAL");
  command.add_option("--start", flags.start, "First open_time, inclusive")->required()->type_name("T");
  command.add_option("--end", flags.end, "Last open_time, inclusive; now if left out")->type_name("T");
  command.add_option("--market", flags.market, "spot, um (USD-M futures) or cm (COIN-M futures)")
      ->capture_default_str()
      ->type_name("M");
  command.add_option("--source", flags.source, "auto (the best), rest, vision or cache; a named one is never left")
      ->capture_default_str()
      ->type_name("S");
  command.add_option("--columns", flags.columns, "Only these, in this order: a,b,..")->type_name("LIST");
  command.add_option("--fill", flags.fill, "Fill gaps: none, nan or ffill")->capture_default_str()->type_name("HOW");
  command.add_option("--off-grid", flags.off_grid, "Candles that opened off the grid: drop or keep")
      ->capture_default_str()
      ->type_name("WHAT");
  command
      .add_option("--verify", flags.verify, "Prove cached bytes: auto (at their first use) or always (at every use)")
      ->capture_default_str()
      ->type_name("WHEN");
  command.add_flag("--partial", flags.partial, "Give what there is, with a warning");
  command.add_flag("--no-cache", flags.no_cache, "Neither read nor write the cache");
  command.add_flag("--include-open", flags.include_open, "The forming candle too; it is never kept");
  command.add_flag("--accept-unverified", flags.accept_unverified,
                   "When all else has failed, take archive files that no checksum proves");
}

CandleRequest parse_request(const RequestFlags& flags, const Settings& settings) {
  return {.market = input::parse_market_flag(flags.market),
          .symbol = Symbol{flags.symbol},
          .interval = input::parse_interval(flags.interval),
          .start = input::parse_time_word(flags.start).resolve_start(settings.now),
          .end = flags.end.empty() ? settings.now : input::parse_time_word(flags.end).resolve_end(settings.now),
          .options = parse_options(flags)};
}

std::string title(const CandleRequest& request, const Upstream& upstream) {
  const std::string of = upstream.is_binance() ? "" : fmt::format(" of {}", upstream.name());
  return fmt::format("{} {} {}{}", request.symbol.text(), request.interval.name(), name(request.market), of);
}

}  // namespace klinekeep::cli
