#include "get_command.hpp"

#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

#include "input/choices.hpp"
#include "input/columns.hpp"
#include "input/time_words.hpp"
#include "manager/request.hpp"
#include "messages.hpp"
#include "output/file_sink.hpp"
#include "output/terminal.hpp"
#include "output/writer.hpp"
#include "report_json.hpp"

namespace klinekeep::cli {
namespace {

constexpr auto kFooter = R"(
Times: ISO 8601, a date, epoch ms, now, -2h, -7d; all UTC. --start and --end are inclusive; a bare date as --end means that
whole day; without --end: now.

Examples:
  klinekeep get BTCUSDT 1m --start 2023-01-01 --end 2023-01-31 --source vision
  klinekeep get BTCUSDT 1s --start -5m --source rest -f csv
  klinekeep get ETHUSDT 1h --market um --start 2024-01-01 --end 2024-06-30 --source vision -o eth.parquet
  klinekeep get BTCUSD_PERP 1d --market cm --start -30d --source rest --columns open_time,close,volume --time iso

Exit codes: 0 done, 1 internal, 2 usage or invalid request, 3 incomplete data, 4 integrity, 5 rate limited or banned,
7 unknown symbol, 8 source unavailable, 130 interrupted.
)";

DataSource parse_source(const std::string& text) {
  const auto source = parse_choice<DataSource>("--source", text,
                                               {{"auto", DataSource::AUTO},
                                                {"rest", DataSource::REST},
                                                {"vision", DataSource::VISION},
                                                {"cache", DataSource::CACHE}});
  if (source == DataSource::REST || source == DataSource::VISION) return source;
  throw InvalidRequest(
      fmt::format("--source {} is not there yet: this version asks one source, so say --source vision (the "
                  "archive: all but the last day or two) or --source rest (up to now)",
                  text));
}

Interval parse_interval(const std::string& text) {
  if (const auto interval = Interval::parse(text)) return *interval;
  std::string known;
  for (const Interval each : kIntervals) known += fmt::format("{}{}", known.empty() ? "" : ", ", each.name());
  throw InvalidRequest(fmt::format("{} is no interval; there are {} (1m is a minute, 1M a month)", quote(text), known));
}

manager::DataRequest parse_request(const GetFlags& flags, const Settings& settings) {
  const MarketType market = parse_market_flag(flags.market);
  manager::DataRequest request{
      .series = {.market = market, .symbol = Symbol{flags.symbol}, .interval = parse_interval(flags.interval)},
      .start = parse_time_word(flags.start).resolve_start(settings.now),
      .end = flags.end.empty() ? settings.now : parse_time_word(flags.end).resolve_end(settings.now),
      .source = parse_source(flags.source),
      .fill =
          parse_choice<Fill>("--fill", flags.fill, {{"none", Fill::none}, {"nan", Fill::nan}, {"ffill", Fill::ffill}}),
      .options = {}};
  request.options.keep_off_grid = parse_choice<bool>("--off-grid", flags.off_grid, {{"drop", false}, {"keep", true}});
  request.options.accept_unverified = flags.accept_unverified;
  request.options.include_open = flags.include_open;
  request.options.partial = flags.partial;
  return request;
}

/// The columns asked for, all of them without `--columns`.
std::shared_ptr<arrow::Table> select(const std::shared_ptr<arrow::Table>& table,
                                     const std::vector<std::size_t>& columns) {
  if (columns.empty()) return table;
  return table->SelectColumns({columns.begin(), columns.end()}).ValueOrDie();
}

void write_table(const arrow::Table& table, CandleWriter& writer) {
  arrow::TableBatchReader reader{table};
  constexpr std::int64_t kBatchRows = 65'536;
  reader.set_chunksize(kBatchRows);
  while (true) {
    std::shared_ptr<arrow::RecordBatch> batch = reader.Next().ValueOrDie();
    if (!batch) break;
    writer.write(*batch);
  }
  writer.finish();
}

std::string counted(std::int64_t count, std::string_view thing) {
  return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

void tell(const Report& report, const Settings& settings, Interval interval) {
  if (settings.quiet) return;
  for (const std::string& note : report.notes) complain(note);
  if (!report.missing.empty()) {
    complain(
        fmt::format("the answer is partial: {} missing, first from {} ({})",
                    report.missing.size() == 1 ? "1 range is" : fmt::format("{} ranges are", report.missing.size()),
                    format_iso(report.missing.front().range.begin), report.missing.front().detail));
  }
  if (!report.off_grid.empty())
    complain(fmt::format("{} candles open off the {} grid", report.off_grid.size(), interval.name()));
  if (!report.conflicts.empty())
    complain(fmt::format("{} candles came with different values; --report names them", report.conflicts.size()));
  if (!settings.verbose) return;
  for (const Gap& gap : report.gaps) {
    complain(
        fmt::format("gap from {} until {}: {}", format_iso(gap.range.begin), format_iso(gap.range.end), gap.reason));
  }
  complain(
      fmt::format("{}, {}, {} bytes", counted(report.rows, "row"), counted(report.requests, "request"), report.bytes));
}

std::unique_ptr<ByteSink> open_sink(const std::string& path) {
  if (path.empty()) return std::make_unique<StdoutSink>();
  return std::make_unique<FileSink>(path);
}

}  // namespace

CLI::App* add_get(CLI::App& app, GetFlags& flags) {
  CLI::App* const get = app.add_subcommand("get", "Candles of a symbol, on stdout or into a file");
  get->add_option("symbol", flags.symbol, "Trading pair, like BTCUSDT")->required()->type_name("SYMBOL");
  get->add_option("interval", flags.interval, "1s 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w 1M")
      ->required()
      ->type_name("INTERVAL");
  get->add_option("--start", flags.start, "First open_time, inclusive")->required()->type_name("T");
  get->add_option("--end", flags.end, "Last open_time, inclusive; now if left out")->type_name("T");
  get->add_option("--market", flags.market, "spot, um (USD-M futures) or cm (COIN-M futures)")
      ->capture_default_str()
      ->type_name("M");
  get->add_option("--source", flags.source, "rest or vision; never left for another")->type_name("S");
  get->add_option("--columns", flags.columns, "Only these, in this order: a,b,..")->type_name("LIST");
  get->add_option("-f,--format", flags.format, "csv, json, arrow, parquet or table")->type_name("F");
  get->add_option("-o,--output", flags.output, "Write to FILE, whole or not at all")->type_name("FILE");
  get->add_option("--time", flags.time, "open_time as ms (since the epoch) or iso")
      ->capture_default_str()
      ->type_name("STYLE");
  get->add_option("--report", flags.report, "Write what happened to FILE, as JSON")->type_name("FILE");
  get->add_option("--fill", flags.fill, "Fill gaps: none, nan or ffill")->capture_default_str()->type_name("HOW");
  get->add_option("--off-grid", flags.off_grid, "Candles that opened off the grid: drop or keep")
      ->capture_default_str()
      ->type_name("WHAT");
  get->add_flag("--partial", flags.partial, "Give what there is, with a warning");
  get->add_flag("--no-cache", flags.no_cache, "Neither read nor write the cache (this version has none)");
  get->add_flag("--include-open", flags.include_open, "The forming candle too");
  get->add_flag("--accept-unverified", flags.accept_unverified,
                "When all else has failed, take archive files that no checksum proves");
  get->footer(kFooter);
  return get;
}

void run_get(const GetFlags& flags, const Settings& settings, std::stop_token stop) {
  manager::DataRequest request = parse_request(flags, settings);
  const auto columns = flags.columns.empty() ? std::vector<std::size_t>{} : parse_columns(flags.columns);
  const bool to_terminal = flags.output.empty() && isatty(STDOUT_FILENO) == 1;
  Format format = default_format(to_terminal, flags.output);
  if (settings.json) format = Format::json;
  if (!flags.format.empty()) format = parse_format(flags.format);
  WriterOptions options;
  options.time = parse_choice<TimeStyle>("--time", flags.time, {{"ms", TimeStyle::ms}, {"iso", TimeStyle::iso}});
  options.title = fmt::format("{} {} {}", request.series.symbol.text(), request.series.interval.name(),
                              name(request.series.market));
  options.width = terminal_width();
  options.colour = to_terminal && std::getenv("NO_COLOR") == nullptr;

  // Opened before anything is fetched, so that a bad path costs nothing.
  auto sink = open_sink(flags.output);
  std::unique_ptr<FileSink> report_sink;
  if (!flags.report.empty()) report_sink = std::make_unique<FileSink>(flags.report);

  ProgressLine progress{!settings.quiet};
  request.options.progress = [&](const Progress& p) { progress.show(p); };
  request.options.stop = std::move(stop);
  const EnhancedRetriever rest{settings.rest};
  const VisionDataClient vision{settings.vision};
  const FetchResult result = manager::get_data(request, rest, vision, settings.now);
  progress.clear();

  const auto table = select(result.table, columns);
  const auto writer = make_writer(format, std::move(sink), table->schema(), options);
  write_table(*table, *writer);
  if (report_sink) {
    report_sink->write(report_json(result.report, request.series.interval));
    report_sink->commit();
  }
  tell(result.report, settings, request.series.interval);
}

}  // namespace klinekeep::cli
