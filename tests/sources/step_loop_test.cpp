// What an empty page spares, while others are under way, and how often the loop plans.
#include "sources/step_loop.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <latch>

#include "core/times.hpp"
#include "sources/fake_sources.hpp"

namespace klinekeep::sources {
namespace {

using testing::AnyOf;
using testing::ElementsAre;
using testing::Eq;
using testing::Not;

constexpr Interval kHour = Interval::HOUR_1;
const Timestamp kNow = at("2026-01-01");
constexpr int kPages = 10;
const planner::Wanted kRequest{{MarketType::SPOT, Symbol{"BTCUSDT"}, kHour},
                               {at("2024-01-01"), at("2024-01-01") + std::chrono::hours{1000 * kPages}}};

Timestamp page_begin(int page) { return kRequest.slots.begin + std::chrono::hours{1000 * page}; }

/// Of ten pages the first, and the last one.
Candles first_and_last_page() {
  Candles rows = candles_in({page_begin(0), page_begin(1)}, kHour);
  const Candles last = candles_in({page_begin(kPages - 1), page_begin(kPages)}, kHour);
  rows.append(last, 0, last.size());
  return rows;
}

std::string page_text(int page) {
  return "page " + text_of(TimeRange{page_begin(page), page_begin(page + 1)}) + " limit 1000";
}

planner::Policy rest_alone() { return {.source = DataSource::REST}; }

class Taker : public AnswerTaker {
 public:
  void take(const planner::Step& step, StepResult /*result*/) override { taken.push_back(text_of(step.action)); }
  std::vector<std::string> taken;
};

TEST(StepLoop, AnEmptyPageSparesThoseBehindIt) {
  FakeRest rest{kHour, kNow, first_and_last_page()};
  const planner::Policy policy = rest_alone();
  StepLoop loop{kRequest, policy, {}, rest, {.now = kNow, .parallel = 1}};
  Taker taker;
  loop.run(taker);
  EXPECT_THAT(rest.asked(), ElementsAre(page_text(0), page_text(1), "next candle " + format_iso(page_begin(1)),
                                        page_text(kPages - 1)));
  EXPECT_EQ(taker.taken, rest.asked());
}

/// How many answers came between one plan and the next.
class CountsBetweenPlans final : public AnswerTaker {
 public:
  void take(const planner::Step& /*step*/, StepResult /*result*/) override { ++since_; }
  bool planned(const std::vector<planner::Step>& /*left*/, const std::vector<planner::Step>& /*next*/,
               planner::Ledger& /*ledger*/) override {
    counts.push_back(std::exchange(since_, 0));
    return false;
  }
  std::vector<int> counts;

 private:
  int since_ = 0;
};

TEST(StepLoop, PlansAgainAsSoonAsATenthOfTheRowsThatMayBeUnderWayHaveCome) {
  const planner::Policy policy = rest_alone();
  for (const auto& [rows_at_once, most] : {std::pair{10'000, 1}, std::pair{30'000, 3}}) {
    FakeRest rest{kHour, kNow, candles_in(kRequest.slots, kHour)};
    StepLoop loop{kRequest, policy, {}, rest, {.now = kNow, .parallel = 2, .rows_at_once = rows_at_once}};
    CountsBetweenPlans taker;
    loop.run(taker);
    EXPECT_EQ(rest.asked().size(), std::size_t{kPages});
    EXPECT_EQ(std::ranges::max(taker.counts), most) << testing::PrintToString(taker.counts);
  }
}

/// REST's second page waits until another has been begun, and those behind it until the loop has planned anew.
class Gated final : public BlockingRunner {
 public:
  explicit Gated(FakeRest& rest) : rest_(rest) {}

  StepResult run(const planner::Step& step, std::stop_token stop, MemoryShare& memory) override {
    const auto* const page = std::get_if<planner::RestPage>(&step.action);
    if (page != nullptr && page->window.begin == page_begin(1)) {
      another_begun_.wait();
    } else if (page != nullptr && page->window.begin > page_begin(1)) {
      if (!has_begun_.exchange(true)) another_begun_.count_down();
      planned_anew_.wait();
    }
    return rest_.run(step, std::move(stop), memory);
  }
  [[nodiscard]] std::int64_t requests() const override { return rest_.requests(); }
  [[nodiscard]] std::int64_t bytes() const override { return rest_.bytes(); }

  void go_on() { planned_anew_.count_down(); }

 private:
  FakeRest& rest_;
  std::atomic<bool> has_begun_ = false;
  std::latch another_begun_{1};
  std::latch planned_anew_{1};
};

class OpensTheGate final : public Taker {
 public:
  explicit OpensTheGate(Gated& gated) : gated_(gated) {}
  bool planned(const std::vector<planner::Step>& /*left*/, const std::vector<planner::Step>& /*next*/,
               planner::Ledger& /*ledger*/) override {
    if (!is_open_ && std::ranges::count(taken, page_text(1)) > 0) {
      gated_.go_on();
      is_open_ = true;
    }
    return false;
  }

 private:
  Gated& gated_;
  bool is_open_ = false;
};

TEST(StepLoop, AnEmptyPageSparesThoseBehindItThatNobodyHasBegun) {
  for (int round = 0; round < 20; ++round) {
    FakeRest rest{kHour, kNow, first_and_last_page()};
    Gated gated{rest};
    OpensTheGate taker{gated};
    const planner::Policy policy = rest_alone();
    StepLoop loop{kRequest, policy, {}, gated, {.now = kNow, .parallel = 2, .rows_at_once = 1'000'000}};
    loop.run(taker);
    std::vector<std::string> asked = rest.asked();
    // Two threads, and the one that waits for the first answer, can have begun two pages meanwhile, and no more.
    for (int page = 4; page < kPages - 1; ++page) EXPECT_THAT(asked, Not(testing::Contains(page_text(page)))) << page;
    EXPECT_THAT(asked, testing::Contains(page_text(kPages - 1)));
    EXPECT_THAT(asked, testing::Contains(AnyOf(Eq(page_text(2)), Eq(page_text(3)))));
    std::ranges::sort(asked);
    EXPECT_EQ(std::ranges::adjacent_find(asked), asked.end()) << "asked twice: " << *std::ranges::adjacent_find(asked);
    std::vector<std::string> taken = taker.taken;
    std::ranges::sort(taken);
    EXPECT_EQ(taken, asked) << "what is asked is learnt";
  }
}

}  // namespace
}  // namespace klinekeep::sources
