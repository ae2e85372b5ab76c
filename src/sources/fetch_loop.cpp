#include "sources/fetch_loop.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/checks.hpp"
#include "frame/slice.hpp"
#include "frame/table.hpp"
#include "planner/plan.hpp"
#include "sources/merge.hpp"
#include "sources/step_loop.hpp"
#include "sources/window.hpp"

namespace klinekeep::sources {
namespace {

using planner::Granularity;

int rank_of(const planner::Action& action) {  // daily wins over monthly
  const auto* const file = std::get_if<planner::ArchiveFile>(&action);
  return file != nullptr && file->granularity == Granularity::monthly ? 1 : 0;
}

planner::Policy policy_of(DataSource source, const FetchOptions& options) {
  planner::Policy policy{.source = source};
  policy.accept_unverified = options.accept_unverified;
  policy.include_open = options.include_open && source == DataSource::REST;
  return policy;
}

/// The answers to one fetch of one source, kept in memory.
class Parts final : public AnswerTaker {
 public:
  explicit Parts(const Window& window) : window_(window) {}

  void take(const planner::Step& step, StepResult result) override {
    add_to_report(report, result);
    if (result.rows) {
      parts_.push_back({frame::slice(std::move(result.rows->candles), window_.range()), rank_of(step.action)});
    }
  }

  Merged merged() { return merge(std::move(parts_)); }

  Report report;

 private:
  const Window& window_;
  std::vector<Part> parts_;
};

[[noreturn]] void throw_unknown(const Window& window, DataSource source) {
  const Series& series = window.request().series;
  const std::string seen = source == DataSource::REST
                               ? std::string{"REST answers -1121, invalid symbol"}
                               : fmt::format("the archive lists no {} file of it", series.interval.name());
  throw UnknownSymbol(fmt::format("{} is unknown in market {}: {}", series.symbol.text(), name(series.market), seen),
                      window.asked());
}

}  // namespace

void add_to_report(Report& report, const StepResult& result) {
  if (result.trust) ++report.parts_by_trust[std::string{name(*result.trust)}];
  std::ranges::copy(result.notes, std::back_inserter(report.notes));
  if (!result.rows) return;
  report.duplicates += result.rows->duplicates;
  std::ranges::copy(result.rows->conflicts, std::back_inserter(report.conflicts));
}

FetchResult fetch(const Series& series, const TimeRange& range, DataSource source, StepRunner& runner, Timestamp now,
                  int parallel, const FetchOptions& options) {
  check_interval(series.market, series.interval);
  const Window window{series, range};
  const planner::Request& request = window.request();
  const planner::Policy policy = policy_of(source, options);
  StepLoop loop{request,
                policy,
                {},
                runner,
                {.now = now, .parallel = parallel, .progress = options.progress, .stop = options.stop}};
  Parts parts{window};
  loop.run(parts);
  if (planner::is_unknown(request, policy, loop.ledger())) throw_unknown(window, source);

  Report report = std::move(parts.report);
  report.upstream = series.upstream;
  report.kind = series.kind;
  report.missing = window.clip(planner::missing(request, policy, loop.ledger(), now));
  if (!report.missing.empty() && !options.partial) throw_incomplete(window.asked(), report.missing, loop.failure());
  Merged merged = parts.merged();
  for (const std::int64_t ms : merged.candles.open_time) {
    if (!series.interval.on_grid(from_ms(ms))) report.off_grid.push_back(from_ms(ms));
  }
  if (!options.keep_off_grid) merged.candles = frame::on_grid(std::move(merged.candles), series.interval);
  std::ranges::copy(merged.conflicts, std::back_inserter(report.conflicts));
  report.conflicts = window.clip(std::move(report.conflicts));
  report.gaps = window.clip(planner::gaps(request, policy, loop.ledger(), now));
  std::ranges::move(planner::remarks(request, policy, loop.ledger(), now), std::back_inserter(report.notes));
  report.requests = runner.requests();
  report.bytes = runner.bytes();
  report.rows = static_cast<std::int64_t>(merged.candles.size());
  report.rows_by_source[source == DataSource::REST ? "rest" : "vision"] = report.rows;
  return {frame::to_table(std::move(merged.candles)), std::move(report)};
}

}  // namespace klinekeep::sources
