#include "sources/step_loop.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "planner/learn.hpp"
#include "sources/parallel.hpp"

namespace klinekeep::sources {

using planner::Step;

StepLoop::StepLoop(const planner::Request& request, const planner::Policy& policy, planner::Ledger ledger,
                   StepRunner& runner, LoopOptions options)
    : request_(request), policy_(policy), ledger_(std::move(ledger)), runner_(runner), options_(std::move(options)) {}

void StepLoop::run(AnswerTaker& taker) {
  while (true) {
    now_ = runner_.now();
    const planner::Plan plan = planner::plan(request_, policy_, ledger_, now_);
    Next next = next_of(plan);
    if (taker.planned(plan, next.steps, ledger_)) continue;
    // A step that was run before taught nothing then, and would again: the loop must end.
    std::erase_if(next.runnable, [&](const Step& step) { return std::ranges::count(asked_, step.action) > 0; });
    if (next.runnable.empty()) return;
    std::ranges::transform(next.runnable, std::back_inserter(asked_), &Step::action);
    expected_ = done_ + plan.steps.size();
    run_steps(next.runnable, taker);
  }
}

/// As many steps as may be held in memory, the earliest first, so that one month after the other is complete; at least
/// one that may run.
StepLoop::Next StepLoop::next_of(const planner::Plan& plan) const {
  std::vector<std::size_t> order(plan.steps.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return plan.steps[i].range.begin; });
  Next next;
  std::int64_t rows = 0;
  for (const std::size_t i : order) {
    rows += request_.series.interval.count(plan.steps[i].range);
    if (!next.runnable.empty() && rows > options_.rows_at_once) break;
    next.steps.push_back(plan.steps[i]);
    if (i < plan.at_once) next.runnable.push_back(plan.steps[i]);
  }
  return next;
}

void StepLoop::run_steps(const std::vector<Step>& steps, AnswerTaker& taker) {
  std::vector<StepResult> results(steps.size());
  run_parallel(steps.size(), options_.parallel, options_.stop, [&](std::size_t i, std::stop_token stop) {
    results[i] = runner_.run(steps[i], std::move(stop));
    if (options_.progress) tell_progress();
  });
  if (options_.stop.stop_requested()) throw Cancelled{};
  for (std::size_t i = 0; i < steps.size(); ++i) {
    ledger_ = planner::learn(std::move(ledger_), request_, steps[i], results[i].answer);
    if (results[i].failure && !failure_) failure_ = results[i].failure;
    taker.take(steps[i], std::move(results[i]));
  }
}

void StepLoop::tell_progress() {
  const std::scoped_lock lock{progress_mutex_};
  options_.progress({.steps_done = ++done_, .steps_expected = expected_, .bytes = runner_.bytes()});
}

}  // namespace klinekeep::sources
