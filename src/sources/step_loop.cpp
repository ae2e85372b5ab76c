#include "sources/step_loop.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "planner/learn.hpp"
#include "sources/parallel.hpp"

namespace klinekeep::sources {

using planner::Step;

namespace {

/// As many as may be held in memory, and at least two if there are two.
std::vector<Step> first_steps(const std::vector<Step>& steps, std::int64_t max_rows, Interval interval) {
  std::vector<Step> first;
  std::int64_t rows = 0;
  for (const Step& step : steps) {
    rows += interval.count(step.range);
    if (first.size() >= 2 && rows > max_rows) break;
    first.push_back(step);
  }
  return first;
}

}  // namespace

StepLoop::StepLoop(const planner::Request& request, const planner::Policy& policy, planner::Ledger ledger,
                   StepRunner& runner, LoopOptions options)
    : request_(request), policy_(policy), ledger_(std::move(ledger)), runner_(runner), options_(std::move(options)) {}

void StepLoop::run(AnswerTaker& taker) {
  while (true) {
    now_ = runner_.now();
    const planner::Plan plan = planner::plan(request_, policy_, ledger_, now_);
    enqueue(plan);
    std::vector<Step> left = queue_;
    std::ranges::copy_if(plan.steps, std::back_inserter(left),
                         [&](const Step& step) { return std::ranges::count(queue_, step.action, &Step::action) == 0; });
    if (taker.planned(left, next_steps(plan), ledger_)) {
      queue_.clear();
      continue;
    }
    const std::vector<Step> steps = first_steps(queue_, options_.rows_at_once, request_.series.interval);
    if (steps.empty()) return;
    queue_.erase(queue_.begin(), queue_.begin() + std::ssize(steps));
    std::ranges::transform(steps, std::back_inserter(asked_), &Step::action);
    expected_ = done_ + left.size();
    run_steps(steps, taker);
  }
}

/// All that a plan lets run at once is run, in parts that fit in memory, the earliest first so that one month after the
/// other is complete. Between the parts only what is due for earlier months comes in: to choose anew for later ones in
/// the middle would count as few what was many.
void StepLoop::enqueue(const planner::Plan& plan) {
  std::vector<Step> fresh{plan.steps.begin(), plan.steps.begin() + static_cast<std::ptrdiff_t>(plan.at_once)};
  // A step that was run before taught nothing then, and would again: the loop must end.
  std::erase_if(fresh, [&](const Step& step) { return std::ranges::count(asked_, step.action) > 0; });
  if (!queue_.empty()) {
    const Timestamp next = queue_.front().range.begin;
    std::erase_if(fresh, [&](const Step& step) { return step.range.end > next; });
  }
  queue_.insert(queue_.begin(), fresh.begin(), fresh.end());
  std::ranges::stable_sort(queue_, {}, [](const Step& step) { return step.range.begin; });
}

/// Steps that come next, be it that they have to wait for what the first ones teach.
std::vector<Step> StepLoop::next_steps(const planner::Plan& plan) const {
  std::vector<Step> coming = queue_;
  if (coming.size() <= plan.at_once) coming.insert(coming.end(), plan.steps.begin(), plan.steps.end());
  std::ranges::stable_sort(coming, {}, [](const Step& step) { return step.range.begin; });
  return first_steps(coming, options_.rows_at_once, request_.series.interval);
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
