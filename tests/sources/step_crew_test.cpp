#include "sources/step_crew.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <latch>
#include <stdexcept>
#include <thread>

#include "core/times.hpp"
#include "klinekeep/errors.hpp"
#include "sources/blocking_runner.hpp"
#include "threads.hpp"

namespace klinekeep::sources {
namespace {

planner::Step day(int number) {
  const Timestamp begin = at("2024-03-01") + std::chrono::days{number};
  return {.action = planner::ArchiveFile{planner::Granularity::daily, begin, false},
          .range = {begin, begin + std::chrono::days{1}},
          .requests = 2,
          .bytes = 0,
          .reason = {}};
}

std::vector<planner::Step> days(int count) {
  std::vector<planner::Step> steps;
  for (int i = 0; i < count; ++i) steps.push_back(day(i));
  return steps;
}

int number_of(const planner::Step& step) {
  return static_cast<int>((step.range.begin - at("2024-03-01")) / std::chrono::days{1});
}

/// Does with each step what a test says.
class Runner final : public BlockingRunner {
 public:
  using Work = std::function<void(int, const std::stop_token&, MemoryShare&)>;
  explicit Runner(Work work) : work_(std::move(work)) {}
  StepResult run(const planner::Step& step, std::stop_token stop, MemoryShare& memory) override {
    work_(number_of(step), stop, memory);
    StepResult result;
    result.answer = planner::Absent{};
    result.notes = {std::to_string(number_of(step))};
    return result;
  }
  [[nodiscard]] std::int64_t requests() const override { return 0; }
  [[nodiscard]] std::int64_t bytes() const override { return 0; }

 private:
  Work work_;
};

struct Crew {
  explicit Crew(Runner::Work work, int width = 4, std::stop_token stop = {})
      : runner(std::move(work)), crew(runner, width, budget, std::move(stop), {}) {}
  MemoryBudget budget{1000};
  Runner runner;
  StepCrew crew;
};

TEST(StepCrew, HandsAnswersOutInTheOrderOfTheSteps) {
  for (const int width : {-1, 1, 2, 5, 50}) {
    Crew all{[](int, const std::stop_token&, MemoryShare&) { std::this_thread::yield(); }, width};
    all.crew.start(days(20));
    EXPECT_EQ(all.crew.under_way().size(), 20U);
    for (int i = 0; i < 20; ++i) {
      if (i == 10) all.crew.start({day(20)});
      const StepAnswer answer = all.crew.next();
      EXPECT_EQ(number_of(answer.step), i);
      EXPECT_EQ(answer.result.notes.front(), std::to_string(i));
    }
    EXPECT_EQ(number_of(all.crew.next().step), 20);
    EXPECT_TRUE(all.crew.under_way().empty());
  }
}

TEST(StepCrew, RunsAllStepsWhereThreadsRunOut) {
  if (!kThreadsCanRunOut) GTEST_SKIP() << "a sanitizer is in the way";
  const auto run_a_hundred = [] {
    leave_room_for_few_threads();
    Crew all{[](int, const std::stop_token&, MemoryShare&) {}, 100};
    all.crew.start(days(100));
    int handed_out = 0;
    while (handed_out < 100 && number_of(all.crew.next().step) == handed_out) ++handed_out;
    ::_exit(handed_out == 100 ? 0 : 1);
  };
  EXPECT_EXIT(run_a_hundred(), testing::ExitedWithCode(0), "");
}

TEST(StepCrew, TakesAnEarlierStepBeforeThoseUnderWay) {
  std::latch came{1};
  Crew all{[&](int number, const std::stop_token& stop, MemoryShare& memory) {
             if (number == 1) return came.count_down();
             if (number != 0)
               came.wait();  // would never end if 1, which no thread is free for, had to wait for its turn
             memory.take(number * 400, stop);
           },
           2};
  all.crew.start({day(0), day(2), day(3), day(5)});
  EXPECT_EQ(number_of(all.crew.next().step), 0);
  all.crew.start({day(4), day(1)}, StepCrew::Place::by_time);
  for (const int number : {1, 2, 3, 4, 5}) EXPECT_EQ(number_of(all.crew.next().step), number);
}

TEST(StepCrew, OutlivesACallbackThatBeginsMore) {
  /// The second step is begun by the callback of the first one, which then is held up.
  class HeldUp final : public StepRunner {
   public:
    void start(std::shared_ptr<StepRun> run) override {
      if (number_of(run->step()) == 0) {
        first = run;
        callback = std::jthread{[this, run] {
          run->work([this] { second_is_begun.wait(); });
          held_up.count_down();
        }};
        return;
      }
      second_is_begun.count_down();
      first->end({});
      run->end({});
      for (int i = 0; i < 100'000 && !crew_is_gone; ++i) std::this_thread::yield();
      outlived = crew_is_gone.load();
    }
    [[nodiscard]] std::int64_t requests() const override { return 0; }
    [[nodiscard]] std::int64_t bytes() const override { return 0; }

    std::shared_ptr<StepRun> first;
    std::latch second_is_begun{1};
    std::latch held_up{1};
    std::atomic<bool> crew_is_gone = false;
    std::atomic<bool> outlived = false;
    std::jthread callback;
  };
  MemoryBudget budget{1000};
  HeldUp runner;
  {
    std::vector<planner::Step> steps = days(2);
    steps.front().requests = 5;  // all that a width of 4 lets begin
    StepCrew crew{runner, 4, budget, {}, {}};
    crew.start(steps);
    runner.second_is_begun.wait();
  }
  runner.crew_is_gone = true;
  runner.held_up.wait();
  EXPECT_FALSE(runner.outlived);
}

TEST(StepCrew, GoesOnWhileTheFirstOneTakesItsTime) {
  std::latch others{9};
  Crew all{[&](int number, const std::stop_token&, MemoryShare&) {
             if (number == 0) {
               others.wait();  // would never end if it held them up
             } else {
               others.count_down();
             }
           },
           2};
  all.crew.start(days(10));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(number_of(all.crew.next().step), i);
}

TEST(StepCrew, IsWaitedForByNothingButTheFirst) {
  std::latch told{1};
  Crew all{[&](int number, const std::stop_token&, MemoryShare&) {
    if (number == 3) told.wait();
  }};
  all.crew.start(days(4));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(number_of(all.crew.next().step), i);
  told.count_down();
  EXPECT_EQ(number_of(all.crew.next().step), 3);
}

TEST(StepCrew, RunsOneStepOnTheCallersThread) {
  const auto caller = std::this_thread::get_id();
  Crew all{[&](int, const std::stop_token&, MemoryShare&) { EXPECT_EQ(std::this_thread::get_id(), caller); }};
  all.crew.start({day(0)});
  (void)all.crew.next();
}

TEST(StepCrew, LetsWhoIsAheadWaitForMemoryAndNeverTheFirst) {
  std::latch ahead{1};
  Crew all{[&](int number, const std::stop_token& stop, MemoryShare& memory) {
             if (number == 1) {
               memory.take(900, stop);
               ahead.count_down();
             } else if (number == 0) {
               ahead.wait();
             }
             memory.take(1200, stop);  // more than there is
           },
           2};
  all.crew.start(days(3));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(number_of(all.crew.next().step), i);
}

TEST(StepCrew, ThrowsWhatAStepThrewAndBeginsNoMore) {
  std::atomic<int> began = 0;
  Crew all{[&](int number, const std::stop_token&, MemoryShare&) {
             ++began;
             if (number == 2) throw std::runtime_error("two");
           },
           1};
  all.crew.start(days(10));
  (void)all.crew.next();
  (void)all.crew.next();
  EXPECT_THROW((void)all.crew.next(), std::runtime_error);
  EXPECT_EQ(began, 3);
}

TEST(StepCrew, EndsAllWhenALaterStepThrows) {
  std::atomic<bool> began = false;
  Crew all{[&](int number, const std::stop_token& stop, MemoryShare&) {
             if (number == 1) {
               while (!began) std::this_thread::yield();
               throw std::runtime_error("one");
             }
             began = true;
             while (!stop.stop_requested()) std::this_thread::yield();
             throw Cancelled{};
           },
           2};
  all.crew.start(days(2));
  EXPECT_THROW((void)all.crew.next(), std::runtime_error);
}

TEST(StepCrew, TakesBackThoseThatNobodyHasBegunWith) {
  std::latch begun{2};
  std::latch go_on{1};
  std::atomic<int> ran = 0;
  Crew all{[&](int number, const std::stop_token&, MemoryShare&) {
             ++ran;
             if (number > 1) return;
             begun.count_down();
             go_on.wait();
           },
           2};
  all.crew.start(days(5));
  begun.wait();
  const std::vector<planner::Step> back = all.crew.take_back();
  ASSERT_EQ(back.size(), 3U);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(number_of(back[static_cast<std::size_t>(i)]), i + 2);
  EXPECT_EQ(all.crew.under_way().size(), 2U);
  go_on.count_down();
  EXPECT_EQ(number_of(all.crew.next().step), 0);
  EXPECT_EQ(number_of(all.crew.next().step), 1);
  EXPECT_TRUE(all.crew.take_back().empty());
  EXPECT_EQ(ran, 2);
  all.crew.start({back.front()});
  EXPECT_EQ(number_of(all.crew.next().step), 2) << "what was taken back may be started again";
}

TEST(StepCrew, EndsSoonAfterAStop) {
  std::stop_source source;
  std::atomic<int> saw_stop = 0;
  Crew all{[&](int, const std::stop_token& stop, MemoryShare&) {
             source.request_stop();
             while (!stop.stop_requested()) std::this_thread::yield();
             ++saw_stop;
           },
           2, source.get_token()};
  all.crew.start(days(5));
  EXPECT_THROW((void)all.crew.next(), Cancelled);
  EXPECT_GE(saw_stop, 1);
  EXPECT_LE(saw_stop, 2);
}

TEST(StepCrew, StopsWhatIsUnderWayWhenItGoes) {
  std::atomic<int> began = 0;
  Crew all{[&](int, const std::stop_token& stop, MemoryShare&) {
             ++began;
             while (!stop.stop_requested()) std::this_thread::yield();
           },
           2};
  all.crew.start(days(5));
  while (began == 0) std::this_thread::yield();
}

}  // namespace
}  // namespace klinekeep::sources
