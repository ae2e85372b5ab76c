// Steps that are under way, and their answers one after the other.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <vector>

#include "sources/memory_share.hpp"
#include "sources/step_runner.hpp"
#include "sources/workers.hpp"

namespace klinekeep::sources {

struct StepAnswer {
  planner::Step step;
  StepResult result;
  std::unique_ptr<MemoryShare> share;  // to be let go when the rows are counted elsewhere
};

/// Used by one thread. What takes the processor's time is done by the workers of the process, and for the step that is
/// waited for by the thread that waits. Destroying it stops what is under way, and waits until that has ended.
class StepCrew final : private Workers::Source {
 public:
  /// Has up to `width` steps under way, in the memory of `budget`, of which up to `width` requests and a quarter more
  /// wait for their first answers, so that there is always a next one; a width of 1 begins none that is not waited for.
  /// `done` is called after each step, never two at once. All must outlive it.
  StepCrew(StepRunner& runner, int width, MemoryBudget& budget, std::stop_token stop, std::function<void()> done);
  ~StepCrew() override;
  StepCrew(const StepCrew&) = delete;
  StepCrew& operator=(const StepCrew&) = delete;

  enum class Place : std::uint8_t { last, by_time };
  /// After those that are under way, or before those of them that begin later.
  void start(const std::vector<planner::Step>& steps, Place place = Place::last);
  /// The steps whose answers were not handed out yet, in their order.
  [[nodiscard]] std::vector<planner::Step> under_way() const;
  /// Takes back those that have not begun.
  [[nodiscard]] std::vector<planner::Step> take_back();
  /// The answer to the first of them: waits for it, and for no other. Throws what a step threw, the first one where
  /// several did; Cancelled after a stop.
  [[nodiscard]] StepAnswer next();

 private:
  class Job;

  /// Begins what may be: in their order, as width and memory allow.
  void begin_more();
  [[nodiscard]] std::shared_ptr<Job> take_next_to_begin();
  void wait_for_first();
  [[nodiscard]] std::shared_ptr<Workers::Task> take_task() noexcept override;
  void add_work(Job& job, std::function<void()> work);
  void add_end(Job& job, StepResult come) noexcept;
  void has_come(Job& job, std::unique_lock<std::mutex> lock) noexcept;
  /// With the lock: its work is nobody else's from now on, until do_work has done it.
  [[nodiscard]] std::shared_ptr<Job> claim(const std::shared_ptr<Job>& job);
  /// With the lock, which is not held meanwhile.
  void do_work(const std::shared_ptr<Job>& job, std::unique_lock<std::mutex>& lock);
  void finish(Job& job, StepResult result);

  StepRunner& runner_;
  std::size_t width_;
  MemoryBudget& budget_;
  std::stop_source stop_;
  std::stop_callback<std::function<void()>> forward_;
  std::function<void()> done_;
  std::mutex done_mutex_;
  mutable std::mutex mutex_;  // over what follows
  std::condition_variable_any changed_;
  std::deque<std::shared_ptr<Job>> jobs_;
  bool first_is_awaited_ = false;
  std::size_t under_way_ = 0;  // begun, and not ended
  std::size_t requests_ = 0;   // of those that wait for their first answers
  std::size_t at_work_ = 0;    // whose work is being done
  std::size_t beginning_ = 0;  // callbacks of steps that begin more
  std::exception_ptr error_;
};

}  // namespace klinekeep::sources
