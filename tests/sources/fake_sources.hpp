// Sources in memory for the fetch loop: they answer from what a test put into them, and remember what was asked.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/candle_maker.hpp"
#include "core/series.hpp"
#include "sources/step_runner.hpp"

namespace klinekeep::sources {

/// `daily 2024-03-15`, `monthly 2024-03`, `list daily after 2024-03-14`, `page 2024-…Z .. 2024-…Z limit 24`, `first
/// candle`.
std::string text_of(const planner::Action& action);

/// Answers as `answer` does, one step at a time.
class FakeRunner : public StepRunner {
 public:
  using AnswerStep = std::function<StepResult(const planner::Step&)>;
  explicit FakeRunner(Timestamp now, AnswerStep answer = {}) : now_(now), answer_(std::move(answer)) {}

  [[nodiscard]] StepResult run(const planner::Step& step, std::stop_token stop, MemoryShare& memory) final;
  [[nodiscard]] Timestamp now() const final;
  [[nodiscard]] std::int64_t requests() const final;
  [[nodiscard]] std::int64_t bytes() const final { return requests() * 100; }

  [[nodiscard]] std::vector<std::string> asked() const { return texts_; }
  [[nodiscard]] const std::vector<planner::Step>& steps() const { return asked_; }
  /// What one look at the clock adds to it.
  void let_the_clock_run(Duration each_look) { tick_ = each_look; }
  std::function<void(const planner::Step&)> on_step;  // before it is answered

 protected:
  /// Called by one thread at a time.
  [[nodiscard]] virtual StepResult answer(const planner::Step& step) { return answer_(step); }
  [[nodiscard]] Timestamp clock() const { return now_; }

 private:
  mutable std::mutex mutex_;
  mutable Timestamp now_;
  Duration tick_{0};
  AnswerStep answer_;
  std::vector<planner::Step> asked_;
  std::vector<std::string> texts_;
};

/// An archive: files by granularity and period.
class FakeArchive final : public FakeRunner {
 public:
  FakeArchive(Interval interval, Timestamp now) : FakeRunner(now), interval_(interval) {}

  struct File {
    Candles candles;
    Timestamp last_modified = kEndOfTime;
    bool proven = true;    // else Distrusted, unless unverified bytes are accepted
    bool readable = true;  // of one that is not proven
    std::optional<Cause> failure = std::nullopt;
  };
  /// The file of the period of `date`, with a candle at every grid point but those in `holes`.
  File& put(planner::Granularity granularity, const std::string& date, double value = 1,
            const std::vector<TimeRange>& holes = {});
  /// The daily files from `first` to before `end`.
  void put_days(const std::string& first, const std::string& end, double value = 1);
  std::set<planner::Granularity> listing_fails;

 private:
  [[nodiscard]] StepResult answer(const planner::Step& step) override;
  [[nodiscard]] StepResult file_answer(const planner::ArchiveFile& file, const TimeRange& range) const;

  Interval interval_;
  std::map<std::pair<planner::Granularity, Timestamp>, File> files_;
};

/// A REST API with these candles.
class FakeRest final : public FakeRunner {
 public:
  FakeRest(Interval interval, Timestamp now, Candles candles, bool include_open = false)
      : FakeRunner(now), interval_(interval), candles_(std::move(candles)), include_open_(include_open) {}

  bool knows_the_symbol = true;
  std::function<std::optional<StepResult>(const planner::RestPage&)> instead;  // of the page's rows

 private:
  [[nodiscard]] StepResult answer(const planner::Step& step) override;

  Interval interval_;
  Candles candles_;
  bool include_open_;
};

StepResult answered(planner::Answer answer);
/// Failed, with the HTTP failure behind it.
StepResult failed_with(Cause cause, int status);

}  // namespace klinekeep::sources
