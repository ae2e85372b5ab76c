#pragma once

#include "sources/step_runner.hpp"

namespace klinekeep::sources {

/// A runner whose steps are run where they may take their time.
class BlockingRunner : public StepRunner {
 public:
  void start(std::shared_ptr<StepRun> run) final {
    run->work([this, one = run.get()] { one->end(this->run(one->step(), one->stop(), one->memory())); });
  }

  /// Called by several threads at once.
  [[nodiscard]] virtual StepResult run(const planner::Step& step, std::stop_token stop, MemoryShare& memory) = 0;
};

}  // namespace klinekeep::sources
