#include "sources/step_loop.hpp"

#include <algorithm>
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
    if (taker.planned(plan, next_steps(plan), ledger_)) continue;
    const std::vector<Step> steps = fresh_steps(plan);
    if (steps.empty()) return;
    expected_ = done_ + plan.steps.size();
    run_steps(steps, taker);
  }
}

/// As many steps as may be held in memory; at least the first.
std::vector<Step> StepLoop::next_steps(const planner::Plan& plan) const {
  std::vector<Step> next;
  std::int64_t rows = 0;
  for (const Step& step : plan.steps) {
    rows += request_.series.interval.count(step.range);
    if (!next.empty() && rows > options_.rows_at_once) break;
    next.push_back(step);
  }
  return next;
}

/// What may run now. A step that was run before taught nothing then, and would again: the loop must end.
std::vector<Step> StepLoop::fresh_steps(const planner::Plan& plan) {
  std::vector<Step> next = next_steps(plan);
  next.resize(std::min(next.size(), plan.at_once));
  std::erase_if(next, [&](const Step& step) { return std::ranges::count(asked_, step.action) > 0; });
  std::ranges::transform(next, std::back_inserter(asked_), &Step::action);
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
