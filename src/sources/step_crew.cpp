#include "sources/step_crew.hpp"

#include <algorithm>
#include <utility>

#include "klinekeep/errors.hpp"
#include "sources/threads.hpp"

namespace klinekeep::sources {

StepCrew::StepCrew(StepRunner& runner, int width, MemoryBudget& budget, std::stop_token stop,
                   std::function<void()> done)
    : runner_(runner),
      width_(static_cast<std::size_t>(std::max(width, 1))),
      budget_(budget),
      forward_(std::move(stop), [source = stop_]() mutable { source.request_stop(); }),
      done_(std::move(done)) {}

StepCrew::~StepCrew() {
  stop_.request_stop();
  threads_.clear();
}

/// One step alone needs no thread: who waits for it runs it.
void StepCrew::start(const std::vector<planner::Step>& steps) {
  std::size_t wanted = 0;
  {
    const std::scoped_lock lock{mutex_};
    for (const planner::Step& step : steps) {
      const auto after =
          std::ranges::find_if(jobs_, [&](const auto& job) { return job->step.range.begin > step.range.begin; });
      auto job = std::make_unique<Job>();
      job->step = step;
      job->share = budget_.share(after == jobs_.end() ? nullptr : (*after)->share.get());
      jobs_.insert(after, std::move(job));
    }
    if (width_ > 1 && jobs_.size() > 1) wanted = std::min(width_, jobs_.size());
  }
  changed_.notify_all();
  threads_.reserve(wanted);
  while (threads_.size() < wanted && add_thread(threads_, [this] { work(); })) {
  }
}

std::vector<planner::Step> StepCrew::under_way() const {
  const std::scoped_lock lock{mutex_};
  std::vector<planner::Step> steps;
  steps.reserve(jobs_.size());
  for (const auto& job : jobs_) steps.push_back(job->step);
  return steps;
}

std::vector<planner::Step> StepCrew::take_back() {
  const std::scoped_lock lock{mutex_};
  std::vector<planner::Step> steps;
  for (const auto& job : jobs_) {
    if (!job->begun) steps.push_back(job->step);
  }
  std::erase_if(jobs_, [](const auto& job) { return !job->begun; });
  return steps;
}

StepAnswer StepCrew::next() {
  budget_.set_first_is_waited_for(true);
  wait_for_first();
  budget_.set_first_is_waited_for(false);
  const std::scoped_lock lock{mutex_};
  const std::unique_ptr<Job> job = std::move(jobs_.front());
  jobs_.pop_front();
  return {std::move(job->step), std::move(job->result), std::move(job->share)};
}

void StepCrew::wait_for_first() {
  std::unique_lock lock{mutex_};
  Job& first = *jobs_.front();
  if (!first.begun && !stop_.stop_requested()) run(first, lock);
  changed_.wait(lock, stop_.get_token(), [&] { return first.ended; });
  if (first.ended && !error_ && !stop_.stop_requested()) return;
  lock.unlock();
  threads_.clear();  // joins them
  if (error_) std::rethrow_exception(error_);
  throw Cancelled{};
}

void StepCrew::work() {
  std::unique_lock lock{mutex_};
  for (;;) {
    changed_.wait(lock, stop_.get_token(), [this] { return first_waiting() != nullptr; });
    if (stop_.stop_requested()) return;
    run(*first_waiting(), lock);
  }
}

StepCrew::Job* StepCrew::first_waiting() const {
  const auto found = std::ranges::find_if(jobs_, [](const auto& job) { return !job->begun; });
  return found == jobs_.end() ? nullptr : found->get();
}

void StepCrew::run(Job& job, std::unique_lock<std::mutex>& lock) {
  job.begun = true;
  lock.unlock();
  StepResult result;
  std::exception_ptr error;
  try {
    result = runner_.run(job.step, stop_.get_token(), *job.share);
    const std::scoped_lock one_at_a_time{done_mutex_};
    if (done_) done_();
  } catch (...) {
    error = std::current_exception();
  }
  lock.lock();
  job.result = std::move(result);
  job.ended = true;
  if (error && !error_) error_ = error;
  if (error) {
    lock.unlock();  // as it calls back
    stop_.request_stop();
    lock.lock();
  }
  changed_.notify_all();
}

}  // namespace klinekeep::sources
