#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/market_rules.hpp"
#include "planner/support.hpp"

namespace klinekeep::planner {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Ledger after_first_page(const RangeSet& answered = {}) {
  Ledger ledger;
  ledger.rest_asked = true;
  ledger.rest = answered;
  return ledger;
}

Plan rest(const Wanted& r, const Ledger& ledger = after_first_page(), Timestamp now = kLongAfter,
          const Policy& policy = kRest) {
  return plan(r, policy, ledger, now);
}

TEST(RestPlan, AsksForSixCandlesInOneCall) {
  const auto r = wanted(MarketType::SPOT, Interval::MINUTE_1, "2024-03-15", "2024-03-15T00:06");
  EXPECT_THAT(texts(rest(r).steps), ElementsAre("page 2024-03-15T00:00 to 2024-03-15T00:06 limit 6"));
}

TEST(RestPlan, SaysWhetherRestWasAskedForOrIsAllThereIs) {
  Wanted r = wanted(MarketType::SPOT, Interval::MINUTE_1, "2024-03-15", "2024-03-15T00:06");
  r.series.upstream = Upstream{"testnet"};
  EXPECT_EQ(rest(r).steps.front().reason, "6 candles from REST, as asked");
  Policy without = kRest;
  without.lacks_archive = true;
  EXPECT_EQ(rest(r, after_first_page(), kLongAfter, without).steps.front().reason,
            "6 candles from REST: no archive of testnet is known");
}

struct LimitRow {
  MarketType market;
  const char* end;  // of a window of minutes from 2024-03-15
  std::vector<int> limits;
};

class RestLimits : public testing::TestWithParam<LimitRow> {};

TEST_P(RestLimits, AreTheMarketsFullPageOrWhatIsLeftBelow100) {
  const auto steps = rest(wanted(GetParam().market, Interval::MINUTE_1, "2024-03-15", GetParam().end)).steps;
  std::vector<int> limits;
  for (const Step& step : steps) limits.push_back(std::get<RestPage>(step.action).limit);
  EXPECT_EQ(limits, GetParam().limits);
}

INSTANTIATE_TEST_SUITE_P(Markets, RestLimits,
                         testing::Values(LimitRow{MarketType::SPOT, "2024-03-15T00:01", {1}},
                                         LimitRow{MarketType::SPOT, "2024-03-15T01:39", {99}},
                                         LimitRow{MarketType::SPOT, "2024-03-15T01:40", {1000}},
                                         LimitRow{MarketType::SPOT, "2024-03-15T16:40", {1000}},
                                         LimitRow{MarketType::SPOT, "2024-03-15T16:41", {1000, 1}},
                                         LimitRow{MarketType::FUTURES_USDT, "2024-03-15T01:40", {499}},
                                         LimitRow{MarketType::FUTURES_USDT, "2024-03-15T08:20", {499, 1}},
                                         LimitRow{MarketType::FUTURES_COIN, "2024-03-15T08:19", {499}}));

TEST(RestPlan, TheFirstCallGoesAlone) {
  const auto r = wanted(MarketType::SPOT, Interval::MINUTE_1, "2024-03-15", "2024-03-17");
  EXPECT_EQ(rest(r, {}).at_once, 1U);
  EXPECT_EQ(rest(r, {}).steps.size(), 3U);
  EXPECT_EQ(rest(r).at_once, 3U);
}

TEST(RestPlan, CoinMarginedWindowsStayWithin200Days) {
  const auto steps = rest(wanted(MarketType::FUTURES_COIN, Interval::DAY_1, "2023-01-01", "2024-01-01")).steps;
  EXPECT_THAT(texts(steps), ElementsAre("page 2023-01-01T00:00 to 2023-07-20T00:00 limit 499",
                                        "page 2023-07-20T00:00 to 2024-01-01T00:00 limit 499"));
  EXPECT_THAT(texts(rest(wanted(MarketType::FUTURES_COIN, Interval::MONTH_1, "2023-01-01", "2024-01-01")).steps),
              ElementsAre("page 2023-01-01T00:00 to 2023-07-01T00:00 limit 6",
                          "page 2023-07-01T00:00 to 2024-01-01T00:00 limit 6"));
}

TEST(RestPlan, OnePageSwallowsSeveralHolesWithinItsReach) {
  const auto r = wanted(MarketType::SPOT, Interval::MINUTE_1, "2024-03-15", "2024-03-15T12:00");
  const auto known =
      after_first_page({range("2024-03-15T01:00", "2024-03-15T02:00"), range("2024-03-15T11:00", "2024-03-15T12:00")});
  EXPECT_THAT(texts(rest(r, known).steps), ElementsAre("page 2024-03-15T00:00 to 2024-03-15T11:00 limit 1000"));
}

TEST(RestPlan, AsksForClosedCandlesButLetsTheFormingOneRideAlong) {
  const auto r = wanted(MarketType::SPOT, Interval::HOUR_1, "2024-03-15", "2024-03-15T13:00");
  EXPECT_THAT(texts(rest(r, {}, at("2024-03-15T12:30")).steps),
              ElementsAre("page 2024-03-15T00:00 to 2024-03-15T13:00 limit 13"));
  // All that has closed is known: the forming one alone is not worth a call,
  const auto known = after_first_page({range("2024-03-15", "2024-03-15T12:00")});
  EXPECT_THAT(rest(r, known, at("2024-03-15T12:30")).steps, IsEmpty());
  // unless it is asked for.
  const Policy open{.source = DataSource::REST, .include_open = true};
  EXPECT_THAT(texts(rest(r, known, at("2024-03-15T12:30"), open).steps),
              ElementsAre("page 2024-03-15T12:00 to 2024-03-15T13:00 limit 1"));
}

TEST(RestPlan, AnEmptyFirstPageAsksSinceWhenThereIsAnything) {
  const auto r = wanted(MarketType::SPOT, Interval::MINUTE_1, "2017-08-10", "2017-08-20");
  Ledger ledger = learn({}, r, rest(r, {}).steps.front(), rows({}, Interval::MINUTE_1));
  EXPECT_THAT(now_texts(rest(r, ledger)), ElementsAre("first")) << "the pages behind it wait for the answer";
  ledger = learn(ledger, r, rest(r, ledger).steps.front(), found(at("2017-08-17T04:00")));
  const auto steps = texts(rest(r, ledger).steps);
  EXPECT_EQ(steps.front(), "page 2017-08-17T04:00 to 2017-08-17T20:40 limit 1000");
}

TEST(RestPlan, AFirstCandleThatIsKnownIsNotAskedFor) {
  const auto r = wanted(MarketType::SPOT, Interval::MINUTE_1, "2017-08-10", "2017-08-20");
  Ledger ledger;
  ledger.first = NoCandles{{Timestamp{}, at("2017-08-17T04:00")}, at("2026-01-01")};
  EXPECT_EQ(texts(rest(r, ledger).steps).front(), "page 2017-08-17T04:00 to 2017-08-17T20:40 limit 1000");
  ledger.first.reset();
  ledger.present.add(range("2017-08-10", "2017-08-11"));
  ledger = learn(ledger, r, rest(r, ledger).steps.front(), rows({}, Interval::MINUTE_1));
  EXPECT_EQ(texts(rest(r, ledger).steps).front(), "next 2017-08-11T00:00 to 2017-08-20T00:00")
      << "with a candle before it the series has begun";
}

TEST(RestPlan, TheFirstCandleIsAskedAgainWhenItIsDueAndTheRequestLiesBeforeIt) {
  const auto r = wanted(MarketType::SPOT, Interval::DAY_1, "2017-08-10", "2017-08-20");
  Ledger ledger;
  ledger.first = NoCandles{{Timestamp{}, at("2017-08-17")}, at("2026-01-01")};
  ledger.first->due = ledger.first->range;
  ledger.present.add(range("2017-08-17", "2017-08-20"));
  ASSERT_THAT(texts(rest(r, ledger).steps), ElementsAre("first"));
  const Step step = rest(r, ledger).steps.front();
  const Ledger earlier = learn(ledger, r, step, found(at("2017-08-12")));
  EXPECT_THAT(texts(rest(r, earlier).steps), ElementsAre("page 2017-08-12T00:00 to 2017-08-17T00:00 limit 5"));
  const Ledger failed = learn(ledger, r, step, Failed{Cause::unavailable, "down"});
  EXPECT_THAT(rest(r, failed).steps, IsEmpty()) << "it stands";
  EXPECT_THAT(missing(r, kRest, failed, kLongAfter), IsEmpty());
  const auto later = wanted(MarketType::SPOT, Interval::DAY_1, "2017-08-17", "2017-08-21");
  EXPECT_THAT(texts(rest(later, ledger).steps), ElementsAre("page 2017-08-20T00:00 to 2017-08-21T00:00 limit 1"));
}

TEST(RestPlan, AnEmptyPageIsQuestionedBeforeAnyMoreOfItsPagesEvenBeforeOneLastPage) {
  const auto r = wanted(MarketType::SPOT, Interval::MINUTE_1, "2017-08-10", "2017-08-10T20:00");
  const Ledger ledger = learn({}, r, rest(r, {}).steps.front(), rows({}, Interval::MINUTE_1));
  EXPECT_THAT(texts(rest(r, ledger).steps), ElementsAre("first"));
}

TEST(RestPlan, OfCoinMNothingIsAskedBeforeThereWasAMarket) {
  const auto r = wanted(MarketType::FUTURES_COIN, Interval::DAY_1, "2018-01-01", "2021-01-01");
  EXPECT_EQ(texts(rest(r).steps).front(), "page 2020-06-01T00:00 to 2020-12-18T00:00 limit 499");
  EXPECT_EQ(before_first(r, kRest, {}), (RangeSet{range("2018-01-01", "2020-06-01")}));
}

TEST(RestPlan, OfCoinMTheFirstCandleIsWhatWindowsOf200DaysFind) {
  const auto r = wanted(MarketType::FUTURES_COIN, Interval::DAY_1, "2020-06-01", "2021-12-01");
  Ledger ledger;
  const auto answer = [&](std::string_view step_text, const Answer& told) {
    for (const Step& step : rest(r, ledger).steps) {
      if (text(step) == step_text) return void(ledger = learn(ledger, r, step, told));
    }
    ADD_FAILURE() << step_text << " is not in " << testing::PrintToString(texts(rest(r, ledger).steps));
  };
  answer("page 2020-06-01T00:00 to 2020-12-18T00:00 limit 499", rows({}, Interval::DAY_1));
  answer("next 2020-06-01T00:00 to 2020-12-18T00:00", found(std::nullopt));
  answer("page 2020-12-18T00:00 to 2021-07-06T00:00 limit 499",
         rows({range("2021-01-05", "2021-07-06")}, Interval::DAY_1));
  answer("next 2020-12-18T00:00 to 2021-07-06T00:00",
         found(at("2021-07-05")));  // any one in the window: it tells nothing
  answer("next 2020-12-18T00:00 to 2021-01-05T00:00", found(std::nullopt));
  answer("page 2021-07-06T00:00 to 2021-12-01T00:00 limit 499",
         rows({range("2021-07-06", "2021-12-01")}, Interval::DAY_1));
  EXPECT_THAT(rest(r, ledger).steps, IsEmpty());
  EXPECT_EQ(before_first(r, kRest, ledger), (RangeSet{range("2020-06-01", "2021-01-05")}));
  const auto first = first_in_rest(r, kRest, ledger);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->range, (TimeRange{kBeginOfTime, at("2021-01-05")}));
  EXPECT_EQ(first->asked_at, kLongAfter);
  EXPECT_FALSE(first->weak);
}

TEST(RestPlan, ASeriesWithoutAnyCandleLeavesNothingToAsk) {
  const auto r = wanted(MarketType::SPOT, Interval::MINUTE_1, "2017-08-10", "2017-08-20");
  const Step first{.action = FirstCandle{}, .range = r.slots, .requests = 1, .bytes = 0, .reason = {}};
  const Ledger ledger = learn(after_first_page(), r, first, found(std::nullopt));
  EXPECT_THAT(rest(r, ledger).steps, IsEmpty());
  EXPECT_THAT(missing(r, kRest, ledger, kLongAfter), IsEmpty());
}

TEST(RestPlan, ThreeDayWindowsAreCountedInCandles) {
  const auto steps = rest(wanted(MarketType::SPOT, Interval::DAY_3, "2024-01-01", "2024-02-01")).steps;
  EXPECT_THAT(texts(steps), ElementsAre("page 2024-01-01T00:00 to 2024-02-01T00:00 limit 11"));
}

TEST(RestPlan, EveryStepSaysWhyAndWhatItCosts) {
  for (const Step& step : rest(wanted(MarketType::SPOT, Interval::MINUTE_1, "2024-03-15", "2024-03-17")).steps) {
    EXPECT_FALSE(step.reason.empty());
    EXPECT_EQ(step.requests, 1);
    EXPECT_GT(step.bytes, 0);
  }
}

RC_GTEST_PROP(RestPlan, CoversWhatIsMissingExactlyOnceInTheFewestPages, ()) {
  const auto market = *rc::gen::element(MarketType::SPOT, MarketType::FUTURES_USDT, MarketType::FUTURES_COIN);
  const auto slots = *rc::gen::inRange(1, 4000);
  const Timestamp begin = at("2024-03-15");
  const std::chrono::minutes step{1};
  const Wanted r{{market, Symbol{"X"}, Interval::MINUTE_1}, {begin, begin + slots * step}};
  Ledger ledger = after_first_page();
  for (int i = *rc::gen::inRange(0, 6); i > 0; --i) {
    const auto from = *rc::gen::inRange(0, slots);
    ledger.rest.add({begin + from * step, begin + (from + *rc::gen::inRange(0, 900)) * step});
  }
  RangeSet lacking{r.slots};
  lacking.subtract(ledger.rest);

  const auto steps = rest(r, ledger).steps;
  RangeSet asked;
  for (const Step& s : steps) {
    const auto& page = std::get<RestPage>(s.action);
    RC_ASSERT(!asked.touches(page.window));
    RC_ASSERT(Interval{Interval::MINUTE_1}.count(page.window) <= page.limit);
    RC_ASSERT(page.limit <= rules_of(market).page_bars);
    asked.add(page.window);
  }
  RC_ASSERT(lacking.minus(asked).empty());

  // Brute force: the fewest windows of one length that cover points on a line are those from the left.
  std::size_t fewest = 0;
  Timestamp reached = begin;
  for (int i = 0; i < slots; ++i) {
    const Timestamp slot = begin + i * step;
    if (slot < reached || !lacking.contains(slot)) continue;
    ++fewest;
    reached = slot + rules_of(market).page_bars * step;
  }
  RC_ASSERT(steps.size() == fewest);
}

TEST(RestPlan, AsksWhetherTheFirstCandlesAreLackingOrNotListedYet) {
  const Wanted r = wanted(MarketType::SPOT, Interval::HOUR_1, "2024-03-15", "2024-03-16");
  const Plan first = plan(r, kRest, {}, kLongAfter);
  const auto late = rows(RangeSet{range("2024-03-15T04:00", "2024-03-16")}, Interval::HOUR_1);
  Ledger ledger = learn({}, r, first.steps.front(), late);
  EXPECT_EQ(texts(plan(r, kRest, ledger, kLongAfter).steps), std::vector<std::string>{"first"});
  const Plan second = plan(r, kRest, ledger, kLongAfter);
  ledger = learn(std::move(ledger), r, second.steps.front(), found(at("2017-08-17T04:00")));
  EXPECT_TRUE(plan(r, kRest, ledger, kLongAfter).steps.empty());
  EXPECT_EQ(gaps(r, kRest, ledger, kLongAfter).front().reason, kAbsentInRest);

  Ledger remembered;  // not learnt now: a warm answer asks nothing
  remembered.rest.add(r.slots);
  remembered.rest_remembered.add(r.slots);
  remembered.present.add(range("2024-03-15T04:00", "2024-03-16"));
  EXPECT_TRUE(plan(r, kRest, remembered, kLongAfter).steps.empty());
}

}  // namespace
}  // namespace klinekeep::planner
