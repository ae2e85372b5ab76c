#include "sources/fetch_loop.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "core/checks.hpp"
#include "frame/slice.hpp"
#include "frame/table.hpp"
#include "planner/learn.hpp"
#include "planner/plan.hpp"
#include "sources/merge.hpp"
#include "sources/parallel.hpp"

namespace klinekeep::sources {
namespace {

using planner::Granularity;
using planner::Step;

constexpr Timestamp kEpoch{};

int rank_of(const planner::Action& action) {  // daily wins over monthly
  const auto* const file = std::get_if<planner::ArchiveFile>(&action);
  return file != nullptr && file->granularity == Granularity::monthly ? 1 : 0;
}

/// One fetch: the state of the loop. Only `run_steps` uses more than one thread, and learns nothing meanwhile.
class Fetch {
 public:
  Fetch(const Series& series, const TimeRange& range, DataSource source, StepRunner& runner, int parallel,
        const FetchOptions& options)
      : range_{within_time(range.begin), within_time(range.end)},
        runner_(runner),
        parallel_(parallel),
        options_(options),
        request_{series, slots_of(series.interval, range_)} {
    policy_.source = source;
    policy_.accept_unverified = options.accept_unverified;
    policy_.include_open = options.include_open && source == DataSource::REST;
  }

  FetchResult run() {
    while (true) {
      now_ = runner_.now();
      planner::Plan plan = planner::plan(request_, policy_, ledger_, now_);
      if (plan.steps.empty() || !take_new_steps(plan)) break;
      expected_ = done_ + plan.steps.size();
      run_steps({plan.steps.begin(), plan.steps.begin() + static_cast<std::ptrdiff_t>(plan.at_once)});
    }
    if (planner::is_unknown(request_, policy_, ledger_)) throw_unknown();
    return finish();
  }

 private:
  static Timestamp within_time(Timestamp t) { return std::clamp(t, kBeginOfTime, kEndOfTime); }

  /// What has to be asked to know all candles that open in `range`: nothing from before the epoch, to which no source
  /// goes back. A 3d candle that opened up to two days before covers the first days, which are then no gap.
  static TimeRange slots_of(Interval interval, const TimeRange& range) {
    const TimeRange slots{interval.ceil(std::max(range.begin, kEpoch)), interval.ceil(std::max(range.end, kEpoch))};
    if (slots.empty() || interval != Interval::DAY_3) return slots;
    return {std::max(slots.begin - std::chrono::days{2}, kEpoch), slots.end};
  }

  /// A step that was run before taught nothing then, and would again: the loop must end. False when nothing new is
  /// left.
  bool take_new_steps(planner::Plan& plan) {
    const auto first = plan.steps.begin();
    const auto end = first + static_cast<std::ptrdiff_t>(plan.at_once);
    const auto is_old = [&](const Step& step) { return std::ranges::count(asked_, step.action) > 0; };
    std::vector<Step> fresh;
    std::ranges::remove_copy_if(first, end, std::back_inserter(fresh), is_old);
    plan.at_once = fresh.size();
    std::ranges::transform(fresh, std::back_inserter(asked_), &Step::action);
    plan.steps.erase(first, end);
    plan.steps.insert(plan.steps.begin(), fresh.begin(), fresh.end());
    return !fresh.empty();
  }

  void run_steps(const std::vector<Step>& steps) {
    std::vector<StepResult> results(steps.size());
    run_parallel(steps.size(), parallel_, options_.stop, [&](std::size_t i, std::stop_token stop) {
      results[i] = runner_.run(steps[i], stop);
      if (options_.progress) tell_progress();
    });
    if (options_.stop.stop_requested()) throw Cancelled{};
    for (std::size_t i = 0; i < steps.size(); ++i) take(steps[i], std::move(results[i]));
  }

  void tell_progress() {
    const std::scoped_lock lock{progress_mutex_};
    options_.progress({.steps_done = ++done_, .steps_expected = expected_, .bytes = runner_.bytes()});
  }

  void take(const Step& step, StepResult result) {
    ledger_ = planner::learn(std::move(ledger_), request_, step, result.answer);
    if (result.failure && !failure_) failure_ = std::move(result.failure);
    if (result.trust) ++report_.parts_by_trust[std::string{name(*result.trust)}];
    std::ranges::move(result.notes, std::back_inserter(report_.notes));
    if (!result.rows) return;
    Settled& rows = *result.rows;
    report_.duplicates += rows.duplicates;
    std::ranges::copy(rows.conflicts, std::back_inserter(report_.conflicts));
    parts_.push_back({frame::slice(std::move(rows.candles), range_), rank_of(step.action)});
  }

  FetchResult finish() {
    const Series& series = request_.series;
    std::vector<MissingRange> missing = clip(planner::missing(request_, policy_, ledger_, now_));
    if (!missing.empty() && !options_.partial) {
      throw_incomplete(asked(), std::move(missing), std::move(failure_));
    }
    Merged merged = merge(std::move(parts_));
    for (const std::int64_t ms : merged.candles.open_time) {
      if (!series.interval.on_grid(from_ms(ms))) report_.off_grid.push_back(from_ms(ms));
    }
    if (!options_.keep_off_grid) merged.candles = frame::on_grid(std::move(merged.candles), series.interval);

    report_.conflicts.insert(report_.conflicts.end(), merged.conflicts.begin(), merged.conflicts.end());
    keep_unique_in_range(report_.conflicts);
    report_.gaps = gaps();
    report_.missing = std::move(missing);
    report_.requests = runner_.requests();
    report_.bytes = runner_.bytes();
    report_.rows = static_cast<std::int64_t>(merged.candles.size());
    report_.rows_by_source[policy_.source == DataSource::REST ? "rest" : "vision"] = report_.rows;
    return {frame::to_table(std::move(merged.candles)), std::move(report_)};
  }

  [[nodiscard]] Asked asked() const {
    return {request_.series.market, request_.series.symbol.text(), request_.series.interval, range_};
  }

  /// The grid slots of the window itself, without the days before it that 3d asks for.
  [[nodiscard]] TimeRange window() const {
    return {request_.series.interval.ceil(range_.begin), request_.series.interval.ceil(range_.end)};
  }

  [[nodiscard]] std::vector<MissingRange> clip(std::vector<MissingRange> missing) const {
    for (MissingRange& m : missing) m.range = m.range.intersect(window());
    std::erase_if(missing, [](const MissingRange& m) { return m.range.empty(); });
    return missing;
  }

  void keep_unique_in_range(std::vector<Timestamp>& times) const {
    std::ranges::sort(times);
    const auto rest = std::ranges::unique(times);
    times.erase(rest.begin(), rest.end());
    std::erase_if(times, [&](Timestamp t) { return !range_.contains(t); });
  }

  /// The gaps of the window. Of what lies before the epoch nothing is asked: no series begins there.
  [[nodiscard]] std::vector<Gap> gaps() const {
    std::vector<Gap> list;
    const TimeRange unasked = window().intersect({window().begin, request_.slots.begin});
    if (!unasked.empty()) list.push_back({unasked, kBeforeListing});
    for (Gap gap : planner::gaps(request_, policy_, ledger_, now_)) {
      gap.range = gap.range.intersect(window());
      const bool follows =
          !list.empty() && list.back().reason == gap.reason && list.back().range.end == gap.range.begin;
      if (follows) {
        list.back().range.end = gap.range.end;
      } else if (!gap.range.empty()) {
        list.push_back(gap);
      }
    }
    return list;
  }

  [[noreturn]] void throw_unknown() const {
    const bool rest = policy_.source == DataSource::REST;
    const std::string seen = rest ? std::string{"REST answers -1121, invalid symbol"}
                                  : fmt::format("the archive lists no {} file of it", request_.series.interval.name());
    throw UnknownSymbol(fmt::format("{} is unknown in market {}: {}", request_.series.symbol.text(),
                                    name(request_.series.market), seen),
                        asked());
  }

  TimeRange range_;
  StepRunner& runner_;
  int parallel_;
  const FetchOptions& options_;
  planner::Request request_;
  planner::Policy policy_{.source = DataSource::REST};
  planner::Ledger ledger_;
  Timestamp now_;  // as of the last plan: what has closed since then was not asked, and is not missing
  std::vector<planner::Action> asked_;
  std::vector<Part> parts_;
  std::optional<HttpFailure> failure_;
  Report report_;
  std::mutex progress_mutex_;  // of done_ while steps run
  std::size_t done_ = 0;
  std::size_t expected_ = 0;
};

}  // namespace

FetchResult fetch(const Series& series, const TimeRange& range, DataSource source, StepRunner& runner, int parallel,
                  const FetchOptions& options) {
  check_interval(series.market, series.interval);
  return Fetch{series, range, source, runner, parallel, options}.run();
}

}  // namespace klinekeep::sources
