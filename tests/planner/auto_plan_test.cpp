// What AUTO asks first: the rules of selection, a row each.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "planner/support.hpp"

namespace klinekeep::planner {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

const Timestamp kNow = at("2024-03-20T10:30");

struct Row {
  const char* rule;
  MarketType market;
  Interval interval;
  const char* begin;
  const char* end;
  std::vector<std::string> steps;
};

class AutoCover : public testing::TestWithParam<Row> {};

TEST_P(AutoCover, IsTheCheapest) {
  const auto& row = GetParam();
  const auto r = wanted(row.market, row.interval, row.begin, row.end);
  EXPECT_EQ(texts(plan(r, kAuto, everything_listed(), kNow).steps), row.steps) << row.rule;
}

constexpr MarketType kSpot = MarketType::SPOT;
constexpr MarketType kUsdM = MarketType::FUTURES_USDT;
constexpr MarketType kCoinM = MarketType::FUTURES_COIN;
using Steps = std::vector<std::string>;

// Of 1m: a day costs 264,800, a page of n rows 400,000 + 652 n. Of 1s: a day costs 3,656,000.
INSTANTIATE_TEST_SUITE_P(
    Rules, AutoCover,
    testing::Values(
        Row{"a due day of 1m", kSpot, Interval::MINUTE_1, "2024-03-15", "2024-03-16", {"daily 2024-03-15"}},
        Row{"even for one candle",
            kSpot,
            Interval::MINUTE_1,
            "2024-03-15T12:00",
            "2024-03-15T12:01",
            {"daily 2024-03-15"}},
        Row{"a day of 1s would serve few rows",
            kSpot,
            Interval::SECOND_1,
            "2024-03-15T12:00",
            "2024-03-15T12:10",
            {"page 2024-03-15T12:00 to 2024-03-15T12:10 limit 1000"}},
        Row{"an hour of 1s costs four pages, which is more than the day",
            kSpot,
            Interval::SECOND_1,
            "2024-03-15T12:00",
            "2024-03-15T13:00",
            {"daily 2024-03-15"}},
        Row{"a year of 1d is one call, not twelve files",
            kSpot,
            Interval::DAY_1,
            "2023-01-01",
            "2024-01-01",
            {"page 2023-01-01T00:00 to 2024-01-01T00:00 limit 1000"}},
        Row{"a month of 1d is a file", kSpot, Interval::DAY_1, "2024-01-01", "2024-02-01", {"monthly 2024-01"}},
        Row{"nine days of 1m are a month", kSpot, Interval::MINUTE_1, "2024-02-01", "2024-02-10", {"monthly 2024-02"}},
        Row{"a page that must be takes a due day along",
            kSpot,
            Interval::HOUR_1,
            "2024-03-17",
            "2024-03-20T08:00",
            {"page 2024-03-17T00:00 to 2024-03-20T08:00 limit 80"}},
        Row{"if the day is not cheaper",
            kSpot,
            Interval::MINUTE_1,
            "2024-03-17",
            "2024-03-18T08:00",
            {"daily 2024-03-17", "page 2024-03-18T00:00 to 2024-03-18T08:00 limit 1000"}},
        Row{"36 hours after its end a day is due",
            kSpot,
            Interval::MINUTE_1,
            "2024-03-18T12:00",
            "2024-03-19T06:00",
            {"page 2024-03-18T12:00 to 2024-03-19T04:40 limit 1000",
             "page 2024-03-19T04:40 to 2024-03-19T06:00 limit 80"}},
        Row{"years of 3d are one call",
            kSpot,
            Interval::DAY_3,
            "2020-01-01",
            "2024-01-01",
            {"page 2020-01-01T00:00 to 2024-01-01T00:00 limit 1000"}},
        Row{"a week", kUsdM, Interval::WEEK_1, "2024-01-01", "2024-01-08", {"monthly 2024-01"}},
        Row{"COIN-M pages end after 200 days",
            kCoinM,
            Interval::DAY_1,
            "2023-01-01",
            "2024-01-01",
            {"page 2023-01-01T00:00 to 2023-07-20T00:00 limit 499",
             "page 2023-07-20T00:00 to 2024-01-01T00:00 limit 499"}}));

TEST(AutoPlan, AsksTheArchiveForWhatItCanHaveAboveTenThousandPoints) {
  const auto few = wanted(kSpot, Interval::SECOND_1, "2024-03-15T23:00", "2024-03-15T23:40");
  EXPECT_THAT(texts(plan(few, kAuto, everything_listed(), kNow).steps), Each(StartsWith("page")));
  const auto many = wanted(kSpot, Interval::SECOND_1, "2024-03-15T23:20", "2024-03-16T03:00");
  EXPECT_THAT(texts(plan(many, kAuto, everything_listed(), kNow).steps),
              ElementsAre("daily 2024-03-15", "daily 2024-03-16"));
}

TEST(AutoPlan, CountsTheMissingPointsAtEachPlanning) {
  const auto r = wanted(kSpot, Interval::SECOND_1, "2024-03-15T23:20", "2024-03-16T03:00");
  Ledger ledger = everything_listed();
  ledger.present.add(range("2024-03-16", "2024-03-16T03:00"));
  EXPECT_THAT(texts(plan(r, kAuto, ledger, kNow).steps), Each(StartsWith("page 2024-03-15T23")));
}

TEST(AutoPlan, NeverAsksForFilesThatAreNotDue) {
  const auto r = wanted(kSpot, Interval::MINUTE_1, "2024-02-20", "2024-03-20T10:00");
  const auto steps = texts(plan(r, kAuto, everything_listed(), kNow).steps);
  EXPECT_THAT(steps, Contains("daily 2024-03-17"));
  EXPECT_THAT(steps, Not(Contains("daily 2024-03-18")));
  EXPECT_THAT(steps, Not(Contains("monthly 2024-03")));
  EXPECT_EQ(steps.back(), "page 2024-03-20T02:00 to 2024-03-20T10:00 limit 1000");
}

TEST(AutoPlan, SaysWhatItHasCompared) {
  const auto hours = wanted(kSpot, Interval::HOUR_1, "2024-03-01T12:00", "2024-03-04T11:00");
  const auto steps = plan(hours, kAuto, {}, at("2024-03-20")).steps;
  ASSERT_THAT(texts(steps), ElementsAre("page 2024-03-01T12:00 to 2024-03-04T11:00 limit 71"));
  EXPECT_EQ(steps[0].reason, "REST costs 446292, the 4 daily files 804320");
}

TEST(AutoPlan, SaysOfManyCandlesHowManyAreOfEachFile) {
  const auto days = wanted(kSpot, Interval::MINUTE_1, "2024-03-01T12:00", "2024-03-12");
  Ledger ledger;
  ledger.of(Granularity::daily).listed.add({kBeginOfTime, at("2024-03-13")});
  for (auto day = at("2024-03-01"); day < at("2024-03-12"); day += std::chrono::days{1})
    ledger.of(Granularity::daily).exists.emplace(day, ListedFile{day, {}, {}});
  const auto steps = plan(days, kAuto, ledger, at("2024-03-20")).steps;
  ASSERT_EQ(steps.size(), 11U);
  const std::string all = " of 15120 candles that are missing: of more than 10000 the archive has what it can";
  EXPECT_EQ(steps[0].reason, "720" + all);
  EXPECT_EQ(steps[1].reason, "1440" + all);
}

TEST(AutoPlan, WhatTheCacheCoversIsNotAsked) {
  const auto r = wanted(kSpot, Interval::MINUTE_1, "2024-03-15", "2024-03-16");
  Ledger ledger;
  ledger.present.add(range("2024-03-15", "2024-03-15T12:00"));
  ledger.rest.add(range("2024-03-15T12:00", "2024-03-16"));
  EXPECT_THAT(plan(r, kAuto, ledger, kNow).steps, IsEmpty()) << "a remembered gap is not asked again";
  EXPECT_THAT(missing(r, kAuto, ledger, kNow), IsEmpty());
}

TEST(AutoPlan, AGapThatIsDueIsAskedAgain) {
  const auto r = wanted(kSpot, Interval::MINUTE_1, "2024-03-19", "2024-03-19T12:00");
  Ledger ledger;
  ledger.present.add(range("2024-03-19", "2024-03-19T11:00"));
  ledger.rest_doubts.add(range("2024-03-19T11:00", "2024-03-19T12:00"));
  const Plan again = plan(r, kAuto, ledger, kNow);
  ASSERT_THAT(texts(again.steps), ElementsAre("page 2024-03-19T11:00 to 2024-03-19T12:00 limit 60"));
  EXPECT_THAT(again.steps[0].reason, HasSubstr("ask again"));
}

TEST(AutoPlan, ListsBeforeItAsksMoreThanThreeUnlistedFiles) {
  const auto three = wanted(kSpot, Interval::MINUTE_1, "2024-03-04", "2024-03-07");
  EXPECT_THAT(now_texts(plan(three, kAuto, {}, kNow)), SizeIs(3));
  const auto four = wanted(kSpot, Interval::MINUTE_1, "2024-03-04", "2024-03-08");
  const Plan first = plan(four, kAuto, {}, kNow);
  EXPECT_THAT(now_texts(first), ElementsAre("list daily after 2024-03-03"));
  EXPECT_THAT(first.steps, SizeIs(5)) << "the plan counts as if all were listed";
}

TEST(AutoPlan, TheFirstPageGoesAloneBesideTheFiles) {
  const auto r = wanted(kSpot, Interval::MINUTE_1, "2024-03-17", "2024-03-20T10:00");
  const Plan first = plan(r, kAuto, everything_listed(), kNow);
  EXPECT_THAT(now_texts(first),
              ElementsAre("daily 2024-03-17", "page 2024-03-18T00:00 to 2024-03-18T16:40 limit 1000"));
  Ledger ledger = everything_listed();
  ledger.rest_asked = true;
  EXPECT_EQ(plan(r, kAuto, ledger, kNow).at_once, first.steps.size());
}

TEST(AutoPlan, MonthsCompleteOneAfterAnother) {
  const auto r = wanted(kSpot, Interval::MINUTE_1, "2023-12-31", "2024-03-03");
  EXPECT_THAT(
      texts(plan(r, kAuto, everything_listed(), kNow).steps),
      ElementsAre("daily 2023-12-31", "monthly 2024-01", "monthly 2024-02", "daily 2024-03-01", "daily 2024-03-02"));
}

TEST(AutoPlan, EveryStepSaysWhyAndWhatItCosts) {
  const auto r = wanted(kSpot, Interval::MINUTE_1, "2024-01-01", "2024-03-20T10:00");
  for (const Step& step : plan(r, kAuto, {}, kNow).steps) {
    EXPECT_FALSE(step.reason.empty()) << text(step);
    EXPECT_GT(step.requests, 0);
    EXPECT_GT(step.bytes, 0);
  }
}

TEST(AutoPlan, TheFormingCandleIsAskedOfRestWhereItIsWanted) {
  const auto r = wanted(kSpot, Interval::HOUR_1, "2024-03-19", "2024-03-20T11:00");
  Ledger ledger;
  ledger.present.add(range("2024-03-19", "2024-03-20T10:00"));
  EXPECT_THAT(plan(r, kAuto, ledger, kNow).steps, IsEmpty());
  const Policy open{.source = DataSource::AUTO, .include_open = true};
  EXPECT_THAT(texts(plan(r, open, ledger, kNow).steps),
              ElementsAre("page 2024-03-20T10:00 to 2024-03-20T11:00 limit 1"));
}

TEST(CachePlan, AsksNothingAndNamesWhatIsMissingAsOffline) {
  const auto r = wanted(kSpot, Interval::HOUR_1, "2024-03-15", "2024-03-16");
  Ledger ledger;
  ledger.present.add(range("2024-03-15", "2024-03-15T06:00"));
  ledger.archive.add(range("2024-03-15", "2024-03-15T12:00"));
  ledger.rest_doubts.add(range("2024-03-15T12:00", "2024-03-15T18:00"));
  EXPECT_THAT(plan(r, kCache, ledger, kNow).steps, IsEmpty());
  const auto list = missing(r, kCache, ledger, kNow);
  ASSERT_THAT(list, SizeIs(1)) << "for the cache a gap never expires";
  EXPECT_EQ(list[0].range, range("2024-03-15T18:00", "2024-03-16"));
  EXPECT_EQ(list[0].cause, Cause::offline);
}

}  // namespace
}  // namespace klinekeep::planner
