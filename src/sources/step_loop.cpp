#include "sources/step_loop.hpp"

#include <algorithm>
#include <utility>

#include "klinekeep/schema.hpp"
#include "planner/learn.hpp"

namespace klinekeep::sources {

using planner::Step;

namespace {

bool is_page(const Step& step) { return std::holds_alternative<planner::RestPage>(step.action); }

bool brings_candles(const Step& step) {
  return is_page(step) || std::holds_alternative<planner::ArchiveFile>(step.action);
}

/// That it may bring; a question is about a range, and brings none of it.
std::int64_t rows_of(const Step& step, Interval interval) {
  return brings_candles(step) ? interval.count(step.range) : 0;
}

/// How many of `steps`, from the first on, may be under way at once.
std::size_t count_at_once(const std::vector<Step>& steps, std::int64_t max_rows, Interval interval) {
  std::size_t count = 0;
  std::int64_t rows = 0;
  for (const Step& step : steps) {
    rows += rows_of(step, interval);
    if (count >= 2 && rows > max_rows) break;
    ++count;
  }
  return count;
}

/// Two months of 1s, but for a third of the second. What small candles gain by waiting in memory for their turn is no
/// more than memory: a few months that are being kept, and the zips of those that come.
std::int64_t bytes_at_once(Interval interval) {
  constexpr std::int64_t kMost = 400'000'000;
  constexpr std::int64_t kLeast = 48'000'000;
  constexpr std::int64_t kRowBytes = kSchema.size() * 8;
  const std::int64_t month = interval.count({Timestamp{}, Timestamp{} + std::chrono::days{31}}) * kRowBytes;
  return std::clamp(2 * month, kLeast, kMost);
}

Timestamp begin_of(const Step& step) { return step.range.begin; }

std::set<planner::Action> actions_of(const std::vector<Step>& steps) {
  std::set<planner::Action> actions;
  for (const Step& step : steps) actions.insert(step.action);
  return actions;
}

/// An answer without a candle, after which the planner may want other things of REST than before.
bool is_news(const Step& step, const planner::Answer& answer) {
  const auto* const rows = std::get_if<planner::Rows>(&answer);
  return is_page(step) && ((rows != nullptr && rows->count == 0) || std::holds_alternative<planner::Unknown>(answer));
}

std::vector<Step> joined(std::vector<Step> steps, const std::vector<Step>& more) {
  steps.insert(steps.end(), more.begin(), more.end());
  return steps;
}

}  // namespace

StepLoop::StepLoop(const planner::Wanted& wanted, const planner::Policy& policy, planner::Ledger ledger,
                   StepRunner& runner, LoopOptions options)
    : wanted_(wanted),
      policy_(policy),
      ledger_(std::move(ledger)),
      runner_(runner),
      options_(std::move(options)),
      bytes_at_once_(bytes_at_once(wanted_.series.interval)),
      budget_(bytes_at_once_) {}

void StepLoop::run(AnswerTaker& taker) {
  StepCrew crew{runner_, options_.parallel, budget_, options_.stop, [this] { tell_progress(); }};
  while (true) {
    const planner::Plan plan = planner::plan(wanted_, policy_, ledger_, options_.now);
    if (std::exchange(has_news_, false)) drop_what_is_spared(crew, plan);
    const std::vector<Step> under_way = crew.under_way();
    enqueue(plan, under_way);
    const std::vector<Step> all = left(plan, under_way);
    const bool is_changed = taker.planned(all, next_steps(all), ledger_);
    budget_.set_held(taker.bytes_held());
    if (is_changed) {
      queue_.clear();
      continue;
    }
    expect(all.size());
    start_steps(crew, under_way);
    if (crew.under_way().empty()) return;
    learn_first_steps(crew, taker);
  }
}

/// All that a plan lets run at once is run. What is on its way is not chosen anew: with little left, that would count
/// as few what was many. Questions never wait.
void StepLoop::enqueue(const planner::Plan& plan, const std::vector<Step>& under_way) {
  std::vector<Step> fresh{plan.steps.begin(), plan.steps.begin() + static_cast<std::ptrdiff_t>(plan.at_once)};
  // A step that was run before taught nothing then, and would again: the loop must end.
  std::erase_if(fresh, [&](const Step& step) { return asked_.contains(step.action); });
  if (!queue_.empty() || !under_way.empty()) {
    const std::vector<Step> before = joined(under_way, queue_);
    const std::set<planner::Action> known = actions_of(before);
    RangeSet awaited;
    for (const Step& step : before) {
      if (brings_candles(step)) awaited.add(step.range);
    }
    std::erase_if(fresh, [&](const Step& step) {
      return known.contains(step.action) || (brings_candles(step) && awaited.touches(step.range));
    });
  }
  queue_.insert(queue_.begin(), fresh.begin(), fresh.end());
  std::ranges::stable_sort(queue_, {}, begin_of);
}

/// Pages that are planned no more, and that nobody has begun with, are not asked.
void StepLoop::drop_what_is_spared(StepCrew& crew, const planner::Plan& plan) {
  const std::vector<Step> not_begun = crew.take_back();
  for (const Step& step : not_begun) asked_.erase(step.action);
  queue_.insert(queue_.end(), not_begun.begin(), not_begun.end());
  RangeSet wanted;
  for (const Step& step : plan.steps) {
    if (is_page(step)) wanted.add(step.range);
  }
  std::erase_if(queue_, [&](const Step& step) { return is_page(step) && !wanted.touches(step.range); });
  std::ranges::stable_sort(queue_, {}, begin_of);
}

/// What is under way, what may be run, and what has to wait, each in time's order.
std::vector<Step> StepLoop::left(const planner::Plan& plan, const std::vector<Step>& under_way) const {
  std::vector<Step> left = joined(under_way, queue_);
  std::vector<Step> planned;
  const std::set<planner::Action> known = actions_of(left);
  std::ranges::copy_if(plan.steps, std::back_inserter(planned),
                       [&](const Step& step) { return !known.contains(step.action); });
  std::ranges::stable_sort(planned, {}, begin_of);
  return joined(std::move(left), planned);
}

/// The steps that come next: those that `start_steps` starts, and where there is room, some that must wait for what the
/// first ones teach.
std::vector<Step> StepLoop::next_steps(std::vector<Step> left) const {
  left.resize(count_at_once(left, options_.rows_at_once, wanted_.series.interval));
  std::ranges::stable_sort(left, {}, begin_of);
  return left;
}

void StepLoop::start_steps(StepCrew& crew, const std::vector<Step>& under_way) {
  const std::size_t count = count_at_once(joined(under_way, queue_), options_.rows_at_once, wanted_.series.interval);
  const auto begin = queue_.begin();
  const auto end = begin + static_cast<std::ptrdiff_t>(count - std::min(count, under_way.size()));
  for (auto step = begin; step != end; ++step) asked_.insert(step->action);
  // What completes a month that is in memory comes after those that are under way, lest all wait for it at each hole;
  // but for large ones, as then two of them would be in memory.
  std::int64_t rows = 0;
  for (const Step& step : under_way) rows += rows_of(step, wanted_.series.interval);
  crew.start({begin, end}, rows > options_.rows_at_once ? StepCrew::Place::by_time : StepCrew::Place::last);
  queue_.erase(begin, end);
}

/// Of the steps under way the first ones, so that the later ones go on while the loop plans and the answers are kept:
/// the sooner, the more memory they take until then. What a question has told is planned with at once.
void StepLoop::learn_first_steps(StepCrew& crew, AnswerTaker& taker) {
  std::size_t left = std::min(crew.under_way().size(), options_.answers_at_once);
  std::int64_t rows = 0;
  std::int64_t held = 0;
  bool is_told = false;
  while (left > 0 && !has_news_ && !is_told && rows < options_.rows_at_once / 10 && held < bytes_at_once_ / 4) {
    StepAnswer answer = crew.next();
    has_news_ = is_news(answer.step, answer.result.answer);
    is_told = !brings_candles(answer.step);
    ledger_ = planner::learn(std::move(ledger_), wanted_, answer.step, answer.result.answer);
    ++learnt_;
    if (answer.result.failure && !failure_) failure_ = answer.result.failure;
    taker.take(answer.step, std::move(answer.result));
    rows += rows_of(answer.step, wanted_.series.interval);
    held = taker.bytes_held();
    budget_.set_held(held);
    --left;
  }
}

void StepLoop::expect(std::size_t left) {
  const std::scoped_lock lock{progress_mutex_};
  expected_ = learnt_ + left;
}

void StepLoop::tell_progress() {
  if (!options_.progress) return;
  const std::scoped_lock lock{progress_mutex_};
  options_.progress({.steps_done = ++done_, .steps_expected = expected_, .bytes = runner_.bytes()});
}

}  // namespace klinekeep::sources
