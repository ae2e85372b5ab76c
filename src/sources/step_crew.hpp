// Threads that run steps, several at a time, and hand their answers out in the order in which they were given the
// steps.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "sources/memory_share.hpp"
#include "sources/step_runner.hpp"

namespace klinekeep::sources {

struct StepAnswer {
  planner::Step step;
  StepResult result;
  std::unique_ptr<MemoryShare> share;  // to be let go when the rows are counted elsewhere
};

/// Used by one thread, which also runs a step itself when it would else only wait for it. Destroying it stops what is
/// under way.
class StepCrew {
 public:
  /// Runs up to `width` steps at once, in the memory of `budget`. `done` is called after each, never two at once. All
  /// must outlive it.
  StepCrew(StepRunner& runner, int width, MemoryBudget& budget, std::stop_token stop, std::function<void()> done);
  ~StepCrew();
  StepCrew(const StepCrew&) = delete;
  StepCrew& operator=(const StepCrew&) = delete;

  /// Those that begin earlier than others which are under way go before them. Where threads run out, fewer run at once.
  void start(const std::vector<planner::Step>& steps);
  /// The steps whose answers were not handed out yet, in their order.
  [[nodiscard]] std::vector<planner::Step> under_way() const;
  /// Takes back those that nobody has begun with.
  [[nodiscard]] std::vector<planner::Step> take_back();
  /// The answer to the first of them: waits for it, and for no other. Throws what a step threw, the first one where
  /// several did; Cancelled after a stop.
  [[nodiscard]] StepAnswer next();

 private:
  struct Job {
    planner::Step step;
    std::unique_ptr<MemoryShare> share;
    bool begun = false;
    bool ended = false;
    StepResult result = {};
  };

  void work();
  [[nodiscard]] Job* first_waiting() const;
  void run(Job& job, std::unique_lock<std::mutex>& lock);
  void wait_for_first();

  StepRunner& runner_;
  std::size_t width_;
  MemoryBudget& budget_;
  std::stop_source stop_;
  std::stop_callback<std::function<void()>> forward_;
  std::function<void()> done_;
  std::mutex done_mutex_;
  mutable std::mutex mutex_;  // over what follows
  std::condition_variable_any changed_;
  std::deque<std::unique_ptr<Job>> jobs_;
  std::exception_ptr error_;
  std::vector<std::jthread> threads_;
};

}  // namespace klinekeep::sources
