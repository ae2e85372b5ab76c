#include "get_command.hpp"

#include <arrow/record_batch.h>
#include <arrow/status.h>
#include <fmt/format.h>

#include "core/last_open.hpp"
#include "frame/status.hpp"
#include "input/choices.hpp"
#include "managers.hpp"
#include "messages.hpp"
#include "output/display_text.hpp"
#include "output/even_batches.hpp"
#include "output/file_sink.hpp"
#include "output/output_target.hpp"
#include "output/terminal.hpp"
#include "output/writer.hpp"
#include "views/report_json.hpp"

namespace klinekeep::cli {
namespace {

constexpr auto kGetFooter = R"(
Times: ISO 8601, a date, epoch ms, now, -2h, -7d; all UTC. --start and --end are inclusive; a bare
date as --end means that whole day; without --end: now. What the cache covers costs no request;
`klinekeep plan` tells what would be asked.

Whom to ask, where to keep (`klinekeep --help`): --upstream, --rest-url, --vision-url, --cache-dir.

Examples:
  klinekeep get BTCUSDT 1m --start -1h
  klinekeep get BTCUSDT 1m --start 2023-01-01 --end 2023-01-31 -o january.parquet
  klinekeep get BTCUSDT 1m --start 2023-01-01 --end 2023-01-31 --source cache --columns close,volume
  klinekeep get BTCUSDT 1s --start -5m --source rest -f csv
  klinekeep get ETHUSDT 1h --market um --start 2024-01-01 --end 2024-06-30 --source vision -o um.csv
  klinekeep get BTCUSD_PERP 1d --market cm --start -30d --columns open_time,close,volume --time iso

Exit codes: 0 done, 1 internal, 2 usage or invalid request, 3 incomplete data, 4 integrity, 5 rate
limited or banned, 6 offline miss, 7 unknown symbol, 8 source unavailable, 9 cache unusable, 130
interrupted.
)";

void tell(const Report& report, const Settings& settings, Interval interval) {
  if (settings.quiet) return;
  for (const std::string& note : report.notes) complain(note);
  if (!report.missing.empty()) {
    complain(
        fmt::format("the answer is partial: {} missing, first from {} ({})",
                    report.missing.size() == 1 ? "1 range is" : fmt::format("{} ranges are", report.missing.size()),
                    format_iso(report.missing.front().range.begin), report.missing.front().detail));
  }
  if (const auto count = std::ssize(report.off_grid); count > 0) {
    complain(
        fmt::format("{} {} off the {} grid", counted(count, "candle"), count == 1 ? "opens" : "open", interval.name()));
  }
  if (const auto count = std::ssize(report.conflicts); count > 0) {
    complain(fmt::format("{} came with different values; --report names {}", counted(count, "candle"),
                         count == 1 ? "it" : "them"));
  }
  if (!settings.verbose) return;
  for (const Gap& gap : report.gaps) {
    complain(fmt::format("gap from {}: {}", from_to(gap.range, interval), gap.reason));
  }
  complain(
      fmt::format("{}, {}, {} bytes", counted(report.rows, "row"), counted(report.requests, "request"), report.bytes));
}

bool is_to_stdout(const GetFlags& flags) { return flags.output.empty() || flags.output == kStdout; }

std::unique_ptr<ByteSink> open_sink(const GetFlags& flags) {
  if (is_to_stdout(flags)) return std::make_unique<StdoutSink>();
  return std::make_unique<FileSink>(flags.output);
}

/// Candles with a report among them would be neither.
void check_apart(const GetFlags& flags) {
  if (flags.report.empty()) return;
  const std::string output{is_to_stdout(flags) ? kStdout : flags.output};
  if (!lead_to_one_place(output, flags.report)) return;
  throw InvalidRequest("the candles and the report cannot both go to one place: name another one for either");
}

Format choose_format(const GetFlags& flags, const Settings& settings, bool to_terminal) {
  if (!flags.format.empty()) return parse_format(flags.format);
  return settings.json ? Format::json : default_format(to_terminal, is_to_stdout(flags) ? "" : flags.output);
}

WriterOptions writer_options(const GetFlags& flags, const CandleRequest& request, const Upstream& upstream,
                             const Screen& screen) {
  WriterOptions options;
  options.time = input::parse_choice<TimeStyle>("--time", flags.time, {{"ms", TimeStyle::ms}, {"iso", TimeStyle::iso}});
  options.title = title(request, upstream);
  options.width = terminal_width();
  options.colour = screen.colour && is_to_stdout(flags);
  return options;
}

void write_all(arrow::RecordBatchReader& reader, CandleWriter& writer, Format format, const std::stop_token& stop) {
  EvenBatches batches{writer, format};
  while (true) {
    std::shared_ptr<arrow::RecordBatch> batch;
    const arrow::Status status = reader.ReadNext(&batch);
    if (stop.stop_requested()) throw Cancelled{};
    frame::check(status);
    if (!batch) break;
    batches.add(batch);
  }
  batches.finish();
}

/// What `get` ends by is told whatever becomes of the report about it.
void write_failure(FileSink& sink, const std::string& report) {
  try {
    sink.write(report);
    sink.commit();
  } catch (const OutputError& error) {
    complain(error.what());
  }
}

}  // namespace

CLI::App* add_get(CLI::App& app, GetFlags& flags) {
  CLI::App* const get = app.add_subcommand("get", "Candles of a symbol, on stdout or into a file");
  add_request_flags(*get, flags.request);
  get->add_option("-f,--format", flags.format, formats_help())->type_name("F");
  get->add_option("-o,--output", flags.output, "Write to FILE, whole or not at all; - is stdout")->type_name("FILE");
  get->add_option("--time", flags.time, "open_time as ms (since the epoch) or iso")
      ->capture_default_str()
      ->type_name("STYLE");
  get->add_option("--report", flags.report, "Write what happened to FILE, as JSON, also when get\nfails; - is stdout")
      ->type_name("FILE");
  get->footer(kGetFooter);
  return get;
}

void run_get(const GetFlags& flags, const Settings& settings, const std::stop_token& stop) {
  CandleRequest request = parse_request(flags.request, settings);
  const Screen screen = stdout_screen();
  const Format format = choose_format(flags, settings, screen.is_terminal);
  const DataSourceManager manager{manager_options(settings, request.market)};
  const DataSource source = request.options.enforce_source;
  const WriterOptions options = writer_options(flags, request, manager.upstream(source), screen);

  // Opened before anything is fetched, so that a bad path costs nothing.
  check_apart(flags);
  auto sink = open_sink(flags);
  std::unique_ptr<FileSink> report_sink;
  if (!flags.report.empty()) report_sink = std::make_unique<FileSink>(flags.report);

  ProgressLine progress{!settings.quiet};
  request.options.progress = [&](const Progress& p) { progress.show(p); };
  request.options.stop = stop;
  std::optional<Report> report;
  try {
    const FetchStream answer =
        manager.get_stream(request.symbol, request.interval, request.start, request.end, request.options);
    report = answer.report;
    progress.clear();
    const auto writer = make_writer(format, std::move(sink), answer.reader->schema(), options);
    write_all(*answer.reader, *writer, format, stop);
  } catch (const Error& error) {
    if (report_sink) {
      write_failure(*report_sink, failure_json(error, report, manager.upstream(source), request.interval));
    }
    throw;
  }
  if (report_sink) {
    report_sink->write(report_json(*report, request.interval));
    report_sink->commit();
  }
  tell(*report, settings, request.interval);
}

}  // namespace klinekeep::cli
