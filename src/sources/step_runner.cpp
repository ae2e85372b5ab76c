#include "sources/step_runner.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>

namespace klinekeep::sources {
namespace {

class Alone final : public StepRun {
 public:
  Alone(const planner::Step& step, std::stop_token stop, MemoryShare& memory)
      : step_(step), stop_(std::move(stop)), memory_(memory) {}

  [[nodiscard]] const planner::Step& step() const override { return step_; }
  [[nodiscard]] std::stop_token stop() const override { return stop_; }
  [[nodiscard]] MemoryShare& memory() override { return memory_; }

  void work(std::function<void()> work) override {
    const std::scoped_lock lock{mutex_};
    work_.push_back(std::move(work));
    changed_.notify_all();
  }
  void end(StepResult result) noexcept override {
    const std::scoped_lock lock{mutex_};
    if (!result_) result_ = std::move(result);
    changed_.notify_all();
  }

  StepResult wait() {
    std::unique_lock lock{mutex_};
    while (true) {
      changed_.wait(lock, [this] { return result_ || !work_.empty(); });
      if (result_) return *std::exchange(result_, std::nullopt);
      const auto work = std::move(work_.front());
      work_.pop_front();
      lock.unlock();
      do_for(*this, work);
      lock.lock();
    }
  }

 private:
  const planner::Step& step_;
  std::stop_token stop_;
  MemoryShare& memory_;
  std::mutex mutex_;  // of what follows
  std::condition_variable changed_;
  std::deque<std::function<void()>> work_;
  std::optional<StepResult> result_;
};

}  // namespace

StepResult run_alone(StepRunner& runner, const planner::Step& step, const std::stop_token& stop, MemoryShare& memory) {
  const auto run = std::make_shared<Alone>(step, stop, memory);
  runner.start(run);
  StepResult result = run->wait();
  if (result.thrown) std::rethrow_exception(result.thrown);
  return result;
}

}  // namespace klinekeep::sources
