// Plan, run, learn, plan again, until nothing is left to ask: the one loop behind every fetch.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <vector>

#include "klinekeep/get_options.hpp"
#include "planner/ledger.hpp"
#include "planner/plan.hpp"
#include "planner/policy.hpp"
#include "sources/memory_share.hpp"
#include "sources/step_crew.hpp"
#include "sources/step_runner.hpp"

namespace klinekeep::sources {

struct LoopOptions {
  Timestamp now{};   // of our clock, when the request began: what had closed by then is wanted
  int parallel = 1;  // steps under way at once
  /// Rows of the steps that are under way, or have answered and wait for one before them. Two steps are in any case, to
  /// keep two cores busy with months of 1s. When a tenth of so many rows have come, the loop plans again.
  std::int64_t rows_at_once = 400'000;
  /// Answers after which the loop plans again at the latest: what they teach runs beside what is under way, and months
  /// that are complete are kept meanwhile.
  std::size_t answers_at_once = 8;
  std::function<void(const Progress&)> progress = {};
  std::stop_token stop = {};
};

/// What the loop hands its answers to. Called on the loop's thread, never two at once.
class AnswerTaker {
 public:
  virtual ~AnswerTaker() = default;
  /// What is still to come: `left` as it looks now (empty: nothing), and of it `next`, the steps that come next, in
  /// time's order. True when `ledger` was changed meanwhile, so that the loop must plan anew.
  virtual bool planned(const std::vector<planner::Step>& /*left*/, const std::vector<planner::Step>& /*next*/,
                       planner::Ledger& /*ledger*/) {
    return false;
  }
  /// An answer that the ledger has learnt. They come in the order in which their steps were begun; where many rows are
  /// under way, by time.
  virtual void take(const planner::Step& step, StepResult result) = 0;
  /// How much of the memory that is meant for answers those take which it has and will let go of.
  [[nodiscard]] virtual std::int64_t bytes_held() const { return 0; }
};

/// One run of the loop; used once, on one thread, which plans and learns while up to `parallel` threads run steps. What
/// is asked, learnt and planned in which order does not depend on how long a step takes.
class StepLoop {
 public:
  /// All but `options` must outlive it.
  StepLoop(const planner::Wanted& wanted, const planner::Policy& policy, planner::Ledger ledger, StepRunner& runner,
           LoopOptions options);

  /// Throws Cancelled, and what a taker throws.
  void run(AnswerTaker& taker);

  [[nodiscard]] const planner::Ledger& ledger() const { return ledger_; }
  [[nodiscard]] bool asked_anything() const { return !asked_.empty(); }
  /// The HTTP answer behind the first Failed answer.
  [[nodiscard]] const std::optional<HttpFailure>& failure() const { return failure_; }

 private:
  void enqueue(const planner::Plan& plan, const std::vector<planner::Step>& under_way);
  void drop_what_is_spared(StepCrew& crew, const planner::Plan& plan);
  [[nodiscard]] std::vector<planner::Step> left(const planner::Plan& plan,
                                                const std::vector<planner::Step>& under_way) const;
  [[nodiscard]] std::vector<planner::Step> next_steps(std::vector<planner::Step> left) const;
  void expect(std::size_t left);
  void start_steps(StepCrew& crew, const std::vector<planner::Step>& under_way);
  void learn_first_steps(StepCrew& crew, AnswerTaker& taker);
  void tell_progress();

  const planner::Wanted& wanted_;
  const planner::Policy& policy_;
  planner::Ledger ledger_;
  StepRunner& runner_;
  LoopOptions options_;
  const std::int64_t bytes_at_once_;  // of answers, and of what they are made from, in memory
  MemoryBudget budget_;
  std::vector<planner::Step> queue_;  // what of a plan may run and has not yet, in time's order
  std::set<planner::Action> asked_;
  bool has_news_ = false;   // an answer that may spare steps which were planned before it
  std::size_t learnt_ = 0;  // answers
  std::optional<HttpFailure> failure_;
  std::mutex progress_mutex_;  // over what follows
  std::size_t done_ = 0;
  std::size_t expected_ = 0;
};

}  // namespace klinekeep::sources
