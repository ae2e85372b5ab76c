// The seam between the loop and a source: one step in, one answer out.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "core/used_file.hpp"
#include "klinekeep/report.hpp"
#include "planner/answer.hpp"
#include "planner/step.hpp"
#include "sources/memory_share.hpp"
#include "sources/settle.hpp"

namespace klinekeep::sources {

struct StepResult {
  planner::Answer answer = {};
  std::optional<Settled> rows = {};         // with a Rows answer
  std::optional<UsedFile> file = {};        // with the rows of an archive file
  std::optional<HttpFailure> failure = {};  // behind a Failed answer
  std::vector<std::string> notes = {};      // for the report
  std::exception_ptr thrown = {};           // in the place of an answer
};

/// A step that is under way, as its runner sees it. Thread-safe.
class StepRun {
 public:
  virtual ~StepRun() = default;

  [[nodiscard]] virtual const planner::Step& step() const = 0;
  [[nodiscard]] virtual std::stop_token stop() const = 0;
  /// What is large is taken from it.
  [[nodiscard]] virtual MemoryShare& memory() = 0;
  /// Has `work` run on a thread that may take its time, soon; what it throws ends the step. One at a time.
  virtual void work(std::function<void()> work) = 0;
  /// Nothing is done for the step any more; what comes after the first end counts for nothing. Needs no memory: that
  /// there is none may be what it tells.
  virtual void end(StepResult result) noexcept = 0;
};

class StepRunner {
 public:
  virtual ~StepRunner() = default;
  /// Begins a step and returns at once; it ends with an answer, with Failed after all patience, or with what was
  /// thrown: Cancelled, or CacheError where descriptors, threads or memory ran out. Thread-safe.
  virtual void start(std::shared_ptr<StepRun> run) = 0;
  /// HTTP requests sent and bytes of bodies received so far.
  [[nodiscard]] virtual std::int64_t requests() const = 0;
  [[nodiscard]] virtual std::int64_t bytes() const = 0;
};

[[nodiscard]] inline StepResult thrown(std::exception_ptr what) {
  StepResult result;
  result.thrown = std::move(what);
  return result;
}

/// What `work` throws ends the step.
template <class Work>
void do_for(StepRun& run, const Work& work) {
  try {
    work();
  } catch (...) {
    run.end(thrown(std::current_exception()));
  }
}

/// A callback of a step: what `call` throws ends it.
template <class Call>
[[nodiscard]] auto of_step(std::shared_ptr<StepRun> run, Call call) {
  return [run = std::move(run), call = std::move(call)](auto&&... what) {
    do_for(*run, [&] { call(std::forward<decltype(what)>(what)...); });
  };
}

/// Runs one step and waits for it, on this thread where it takes the processor's time. Throws what it threw.
[[nodiscard]] StepResult run_alone(StepRunner& runner, const planner::Step& step, const std::stop_token& stop,
                                   MemoryShare& memory);

}  // namespace klinekeep::sources
