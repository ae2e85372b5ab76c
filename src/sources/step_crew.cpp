#include "sources/step_crew.hpp"

#include <algorithm>
#include <list>
#include <utility>

#include "klinekeep/errors.hpp"

namespace klinekeep::sources {

class StepCrew::Job final : public StepRun, public Workers::Task, public std::enable_shared_from_this<StepCrew::Job> {
 public:
  Job(StepCrew& crew, planner::Step step, std::unique_ptr<MemoryShare> memory)
      : what(std::move(step)), share(std::move(memory)), crew_(crew) {}

  [[nodiscard]] const planner::Step& step() const override { return what; }
  [[nodiscard]] std::stop_token stop() const override { return crew_.stop_.get_token(); }
  [[nodiscard]] MemoryShare& memory() override { return *share; }
  void work(std::function<void()> work) override { crew_.add_work(*this, std::move(work)); }
  /// Told where it may take its time, as whoever is told is a stranger.
  void end(StepResult with) noexcept override { crew_.add_end(*this, std::move(with)); }
  void run() noexcept override {
    std::unique_lock lock{crew_.mutex_};
    crew_.do_work(shared_from_this(), lock);
  }

  // Guarded by the crew's mutex.
  [[nodiscard]] bool has_work() const { return (!to_do.empty() || come) && !is_at_work; }

  planner::Step what;
  std::unique_ptr<MemoryShare> share;
  std::list<std::function<void()>> to_do;  // which needs no memory to be emptied, as a deque does
  std::optional<StepResult> come = {};     // its end, before which no more is to be done
  bool has_end = false;
  bool begun = false;
  std::size_t requests = 0;  // until something has come of them
  bool is_at_work = false;
  bool ended = false;
  StepResult result = {};

 private:
  StepCrew& crew_;
};

StepCrew::StepCrew(StepRunner& runner, int width, MemoryBudget& budget, std::stop_token stop,
                   std::function<void()> done)
    : runner_(runner),
      width_(static_cast<std::size_t>(std::max(width, 1))),
      budget_(budget),
      forward_(std::move(stop), [source = stop_]() mutable { source.request_stop(); }),
      done_(std::move(done)) {
  Workers::of_process().add(*this);
}

StepCrew::~StepCrew() {
  stop_.request_stop();
  std::unique_lock lock{mutex_};
  while (under_way_ > 0 || at_work_ > 0 || beginning_ > 0) {
    const auto found = std::ranges::find_if(jobs_, [](const auto& job) { return job->has_work(); });
    if (found != jobs_.end()) {
      do_work(claim(*found), lock);
    } else {
      changed_.wait(lock);
    }
  }
  // A callback that has done its part may have the step for a moment longer: not so what is the budget's.
  for (const auto& job : jobs_) job->share.reset();
  lock.unlock();
  Workers::of_process().remove(*this);
}

void StepCrew::start(const std::vector<planner::Step>& steps, Place place) {
  {
    const std::scoped_lock lock{mutex_};
    for (const planner::Step& step : steps) {
      const auto after = std::ranges::find_if(
          jobs_, [&](const auto& job) { return place == Place::by_time && job->what.range.begin > step.range.begin; });
      auto share = budget_.share(after == jobs_.end() ? nullptr : (*after)->share.get());
      jobs_.insert(after, std::make_shared<Job>(*this, step, std::move(share)));
    }
  }
  if (width_ > 1) begin_more();
}

std::vector<planner::Step> StepCrew::under_way() const {
  const std::scoped_lock lock{mutex_};
  std::vector<planner::Step> steps;
  steps.reserve(jobs_.size());
  for (const auto& job : jobs_) steps.push_back(job->what);
  return steps;
}

std::vector<planner::Step> StepCrew::take_back() {
  const std::scoped_lock lock{mutex_};
  std::vector<planner::Step> steps;
  for (const auto& job : jobs_) {
    if (!job->begun) steps.push_back(job->what);
  }
  std::erase_if(jobs_, [](const auto& job) { return !job->begun; });
  return steps;
}

StepAnswer StepCrew::next() {
  budget_.set_first_is_waited_for(true);
  {
    const std::scoped_lock lock{mutex_};
    first_is_awaited_ = true;
  }
  begin_more();
  wait_for_first();
  budget_.set_first_is_waited_for(false);
  const std::scoped_lock lock{mutex_};
  first_is_awaited_ = false;
  const std::shared_ptr<Job> job = std::move(jobs_.front());
  jobs_.pop_front();
  return {std::move(job->what), std::move(job->result), std::move(job->share)};
}

void StepCrew::begin_more() {
  while (const auto job = take_next_to_begin()) {
    do_for(*job, [&] { runner_.start(job); });
    if (width_ == 1) return;
  }
}

std::shared_ptr<StepCrew::Job> StepCrew::take_next_to_begin() {
  const std::scoped_lock lock{mutex_};
  if (stop_.stop_requested()) return nullptr;
  const auto found = std::ranges::find_if(jobs_, [](const auto& job) { return !job->begun; });
  if (found == jobs_.end()) return nullptr;
  const bool is_awaited = found == jobs_.begin() && first_is_awaited_;
  const bool is_full = under_way_ >= width_ || requests_ >= width_ + width_ / 4;
  if (!is_awaited && (is_full || width_ == 1)) return nullptr;
  Job& job = **found;
  if (!job.share->try_take(job.what.bytes, job.what.bytes)) return nullptr;
  job.begun = true;
  job.requests = static_cast<std::size_t>(std::max(job.what.requests, 1));
  requests_ += job.requests;
  ++under_way_;
  return *found;
}

void StepCrew::wait_for_first() {
  std::unique_lock lock{mutex_};
  const std::shared_ptr<Job> first = jobs_.front();
  while (!first->ended && !error_ && !stop_.stop_requested()) {
    if (first->has_work()) {
      do_work(claim(first), lock);
    } else {
      changed_.wait(lock, stop_.get_token(), [&] { return first->ended || error_ || first->has_work(); });
    }
  }
  if (error_) std::rethrow_exception(error_);
  if (stop_.stop_requested()) throw Cancelled{};
}

void StepCrew::add_work(Job& job, std::function<void()> work) {
  std::unique_lock lock{mutex_};
  if (job.has_end) return;
  job.to_do.push_back(std::move(work));
  has_come(job, std::move(lock));
}

void StepCrew::add_end(Job& job, StepResult come) noexcept {
  std::unique_lock lock{mutex_};
  if (std::exchange(job.has_end, true)) return;
  job.come.emplace(std::move(come));
  has_come(job, std::move(lock));
}

void StepCrew::has_come(Job& job, std::unique_lock<std::mutex> lock) noexcept {
  const bool begins_more = job.requests > 0 && width_ > 1;
  requests_ -= std::exchange(job.requests, 0);
  // Once the work is done, which may be at once, nothing else of the step holds the crew.
  if (begins_more) ++beginning_;
  // Of one step alone it is done by who waits for it.
  const bool is_for_workers = jobs_.size() > 1;
  changed_.notify_all();
  lock.unlock();
  if (is_for_workers) Workers::of_process().wake();
  if (!begins_more) return;
  begin_more();
  lock.lock();
  --beginning_;
  changed_.notify_all();
}

std::shared_ptr<Workers::Task> StepCrew::take_task() noexcept {
  const std::scoped_lock lock{mutex_};
  const auto found = std::ranges::find_if(jobs_, [](const auto& job) { return job->has_work(); });
  return found == jobs_.end() ? nullptr : claim(*found);
}

std::shared_ptr<StepCrew::Job> StepCrew::claim(const std::shared_ptr<Job>& job) {
  job->is_at_work = true;
  ++at_work_;
  return job;
}

void StepCrew::do_work(const std::shared_ptr<Job>& job, std::unique_lock<std::mutex>& lock) {
  while (!job->come && !job->to_do.empty()) {
    auto work = std::move(job->to_do.front());
    job->to_do.pop_front();
    lock.unlock();
    do_for(*job, work);
    work = nullptr;
    lock.lock();
  }
  if (job->come) {
    StepResult come = *std::exchange(job->come, std::nullopt);
    const auto left = std::exchange(job->to_do, {});
    lock.unlock();
    finish(*job, std::move(come));
    lock.lock();
  }
  job->is_at_work = false;
  --at_work_;
  changed_.notify_all();
}

void StepCrew::finish(Job& job, StepResult result) {
  try {
    const std::scoped_lock one_at_a_time{done_mutex_};
    if (!result.thrown && done_) done_();
  } catch (...) {
    result.thrown = std::current_exception();
  }
  const bool fails = result.thrown != nullptr;
  {
    const std::scoped_lock lock{mutex_};
    if (job.ended) return;
    if (fails && !error_) error_ = result.thrown;
    job.result = std::move(result);
    job.ended = true;
    --under_way_;
    changed_.notify_all();
  }
  if (fails) {
    stop_.request_stop();
  } else if (width_ > 1) {
    begin_more();  // as it may have memory now
  }
}

}  // namespace klinekeep::sources
