// Sources in memory for the fetch loop: they answer from what a test put into them, and remember what was asked.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/candle_maker.hpp"
#include "core/series.hpp"
#include "sources/blocking_runner.hpp"

namespace klinekeep::sources {

/// `daily 2024-03-15`, `monthly 2024-03`, `list daily after 2024-03-14`, `page 2024-…Z .. 2024-…Z limit 24`, the same
/// with ` again`, `first candle`, `next candle 2024-…Z`.
std::string text_of(const planner::Action& action);

/// Answers as `answer` does, one step at a time.
class FakeRunner : public BlockingRunner {
 public:
  using AnswerStep = std::function<StepResult(const planner::Step&)>;
  explicit FakeRunner(Timestamp now, AnswerStep answer = {}) : clock(now), answer_(std::move(answer)) {}

  [[nodiscard]] StepResult run(const planner::Step& step, std::stop_token stop, MemoryShare& memory) final;
  [[nodiscard]] std::int64_t requests() const final;
  [[nodiscard]] std::int64_t bytes() const final { return requests() * 100; }

  [[nodiscard]] std::vector<std::string> asked() const { return texts_; }
  [[nodiscard]] const std::vector<planner::Step>& steps() const { return asked_; }
  std::function<void(const planner::Step&)> on_step;  // before it is answered; may change all that follows

  Timestamp clock;          // ours, as a step is asked
  Duration until_heard{0};  // from then on until the head of its answer is there

 protected:
  /// Called by one thread at a time.
  [[nodiscard]] virtual StepResult answer(const planner::Step& step) { return answer_(step); }
  /// Of an answer that says that it reaches that far.
  [[nodiscard]] planner::AnswerTimes times(Timestamp said) const;

 private:
  mutable std::mutex mutex_;
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
    std::string etag;                      // hex; another one each time that a file is put
    Timestamp last_modified = kEndOfTime;  // kEndOfTime: when it is asked
    bool proven = true;                    // else Distrusted, unless unverified bytes are accepted
    bool readable = true;                  // of one that is not proven
    std::optional<Cause> failure = std::nullopt;
  };
  /// The file of the period of `date`, with a candle at every grid point but those in `holes`.
  File& put(planner::Granularity granularity, const std::string& date, double value = 1,
            const std::vector<TimeRange>& holes = {});
  /// The daily files from `first` to before `end`.
  void put_days(const std::string& first, const std::string& end, double value = 1);
  void remove(planner::Granularity granularity, const std::string& date);
  std::set<planner::Granularity> listing_fails;
  bool lists_nothing = false;  // though the files are there

 private:
  [[nodiscard]] StepResult answer(const planner::Step& step) override;
  [[nodiscard]] StepResult file_answer(const planner::ArchiveFile& file, const TimeRange& range) const;

  Interval interval_;
  std::map<std::pair<planner::Granularity, Timestamp>, File> files_;
  int versions_ = 0;
};

/// A REST API with these candles, on two hosts that agree.
class FakeRest final : public FakeRunner {
 public:
  FakeRest(Interval interval, Timestamp now, Candles candles, bool include_open = false)
      : FakeRunner(now), interval_(interval), candles_(std::move(candles)), include_open_(include_open) {}

  bool knows_the_symbol = true;
  bool has_another_host = true;
  Duration exchange_ahead{0};          // its clock, of ours: what it has follows from it
  Duration date_ahead{0};              // what its answers are dated, of its clock
  std::optional<Candles> another_has;  // what the other host has, where they do not agree
  std::function<std::optional<StepResult>(const planner::RestPage&)> instead;     // of the page's rows
  std::function<std::optional<StepResult>(const planner::Step&)> instead_of_all;  // of any answer

  [[nodiscard]] planner::AnswerTimes times_of_answer() const { return times(clock + exchange_ahead + date_ahead); }

 private:
  [[nodiscard]] StepResult answer(const planner::Step& step) override;
  [[nodiscard]] StepResult page_of(const Candles& candles, const planner::RestPage& page) const;
  [[nodiscard]] StepResult first_of(const Candles& candles, Timestamp from) const;

  Interval interval_;
  Candles candles_;
  bool include_open_;
};

/// For who would share it: the test keeps it.
[[nodiscard]] inline std::shared_ptr<StepRunner> borrowed(StepRunner& runner) {
  return {std::shared_ptr<void>{}, &runner};
}

StepResult answered(planner::Answer answer);
/// Failed, with the HTTP failure behind it.
StepResult failed_with(Cause cause, int status);

}  // namespace klinekeep::sources
