// What planning, learning and summing up cost for each page of a year of 1s by REST: the time per step should not grow
// with their number.
//   klinekeep-bench-planning [--benchmark_filter=REGEX]
#include <benchmark/benchmark.h>

#include "planner/learn.hpp"
#include "planner/plan.hpp"

namespace klinekeep::bench {
namespace {

using planner::Ledger;
using planner::Plan;
using planner::Step;
using planner::Wanted;

constexpr int kPage = 1000;
const Timestamp kBegin = std::chrono::sys_days{std::chrono::year{2024} / 1 / 1};
const Timestamp kNow = kBegin + std::chrono::days{800};
const planner::Policy kRest{.source = DataSource::REST};

Wanted seconds_of(std::int64_t pages) {
  return {{MarketType::SPOT, Symbol{"BTCUSDT"}, Interval::SECOND_1},
          {kBegin, kBegin + std::chrono::seconds{pages * kPage}}};
}

enum class Upstream : std::uint8_t {
  whole,   // every page has all its rows
  thin,    // every page has a hole inside and silence at its end
  broken,  // every other page fails
};

planner::Answer answer_of(Upstream upstream, const Step& step, std::size_t number) {
  if (upstream == Upstream::broken && number % 2 == 1) return planner::Failed{Cause::unavailable, "down"};
  RangeSet have{step.range};
  if (upstream == Upstream::thin) {
    const auto at = [&](int second) { return step.range.begin + std::chrono::seconds{second}; };
    have.subtract({at(100), at(200)});
    have.subtract({at(990), at(1000)});
  }
  planner::Rows rows{
      .have = have, .count = 0, .span = {}, .off_grid = false, .refused = {}, .times = {kNow, kNow, kNow}};
  for (const TimeRange& range : have) {
    rows.count += static_cast<std::size_t>(Interval{Interval::SECOND_1}.count(range));
  }
  rows.span = TimeRange{have.begin()->begin, have.ranges().back().end - std::chrono::seconds{1}};
  return rows;
}

/// The ledger after all that a plan names was answered.
Ledger run(const Wanted& wanted, Upstream upstream) {
  Ledger ledger;
  ledger.rest_asked = true;
  const Plan plan = planner::plan(wanted, kRest, ledger, kNow);
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    ledger = learn(std::move(ledger), wanted, plan.steps[i], answer_of(upstream, plan.steps[i], i));
  }
  return ledger;
}

void per_step(benchmark::State& state) {
  state.counters["per step"] = benchmark::Counter(
      static_cast<double>(state.range(0)), benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void first_plan(benchmark::State& state) {
  const Wanted wanted = seconds_of(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(planner::plan(wanted, kRest, {}, kNow));
  per_step(state);
}

void learn_all(benchmark::State& state, Upstream upstream) {
  const Wanted wanted = seconds_of(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(run(wanted, upstream));
  per_step(state);
}

void plan_after(benchmark::State& state, Upstream upstream) {
  const Wanted wanted = seconds_of(state.range(0));
  const Ledger ledger = run(wanted, upstream);
  for (auto _ : state) benchmark::DoNotOptimize(planner::plan(wanted, kRest, ledger, kNow));
  per_step(state);
}

void sum_up(benchmark::State& state, Upstream upstream) {
  const Wanted wanted = seconds_of(state.range(0));
  const Ledger ledger = run(wanted, upstream);
  for (auto _ : state) {
    benchmark::DoNotOptimize(planner::missing(wanted, kRest, ledger, kNow));
    benchmark::DoNotOptimize(planner::gaps(wanted, kRest, ledger, kNow));
    benchmark::DoNotOptimize(planner::absences(wanted, kRest, ledger, kNow));
  }
  per_step(state);
}

void sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->Arg(1000)->Arg(8000)->Arg(32'000)->Unit(benchmark::kMillisecond);
}

BENCHMARK(first_plan)->Apply(sizes);
BENCHMARK_CAPTURE(learn_all, whole, Upstream::whole)->Apply(sizes);
BENCHMARK_CAPTURE(learn_all, thin, Upstream::thin)->Apply(sizes);
BENCHMARK_CAPTURE(learn_all, broken, Upstream::broken)->Apply(sizes);
BENCHMARK_CAPTURE(plan_after, thin, Upstream::thin)->Apply(sizes);
BENCHMARK_CAPTURE(plan_after, broken, Upstream::broken)->Apply(sizes);
BENCHMARK_CAPTURE(sum_up, thin, Upstream::thin)->Apply(sizes);
BENCHMARK_CAPTURE(sum_up, broken, Upstream::broken)->Apply(sizes);

}  // namespace
}  // namespace klinekeep::bench

BENCHMARK_MAIN();
