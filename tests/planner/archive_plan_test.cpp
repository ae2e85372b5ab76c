#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "planner/support.hpp"

namespace klinekeep::planner {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

Wanted minutes(std::string_view begin, std::string_view end) {
  return wanted(MarketType::SPOT, Interval::MINUTE_1, begin, end);
}

Wanted hours(std::string_view begin, std::string_view end) {
  return wanted(MarketType::SPOT, Interval::HOUR_1, begin, end);
}

Plan vision(const Wanted& r, const Ledger& ledger = {}, Timestamp now = kLongAfter, const Policy& policy = kVision) {
  return plan(r, policy, ledger, now);
}

struct CoverRow {
  const char* rule;
  Interval interval;
  const char* begin;
  const char* end;
  std::vector<std::string> files;
};

class ArchiveCover : public testing::TestWithParam<CoverRow> {};

TEST_P(ArchiveCover, IsTheCheaperOfMonthAndDays) {
  const auto& row = GetParam();
  const auto steps = vision(wanted(MarketType::SPOT, row.interval, row.begin, row.end), everything_listed()).steps;
  EXPECT_EQ(texts(steps), row.files) << row.rule;
}

// Of a 1m day: 64,800 bytes + 200,000 for two requests; of a 1m month of 31 days: 2,008,800 + 200,000: more than 8
// days.
INSTANTIATE_TEST_SUITE_P(
    Rules, ArchiveCover,
    testing::Values(
        CoverRow{"one day", Interval::MINUTE_1, "2024-03-04", "2024-03-05", {"daily 2024-03-04"}},
        CoverRow{"the end is exclusive: midnight is not a second file",
                 Interval::MINUTE_1,
                 "2024-03-04T12:00",
                 "2024-03-05",
                 {"daily 2024-03-04"}},
        CoverRow{"eight days cost less than a month",
                 Interval::MINUTE_1,
                 "2024-03-01",
                 "2024-03-09",
                 {"daily 2024-03-01", "daily 2024-03-02", "daily 2024-03-03", "daily 2024-03-04", "daily 2024-03-05",
                  "daily 2024-03-06", "daily 2024-03-07", "daily 2024-03-08"}},
        CoverRow{"nine do not", Interval::MINUTE_1, "2024-03-01", "2024-03-10", {"monthly 2024-03"}},
        CoverRow{
            "a month is cheaper than two days of 1d", Interval::DAY_1, "2024-03-04", "2024-03-06", {"monthly 2024-03"}},
        CoverRow{"a day of 1d", Interval::DAY_1, "2024-03-04", "2024-03-05", {"daily 2024-03-04"}},
        CoverRow{"3d has monthly files only", Interval::DAY_3, "2024-03-04", "2024-03-05", {"monthly 2024-03"}},
        CoverRow{
            "over a new year", Interval::HOUR_1, "2024-12-31", "2025-01-02", {"daily 2024-12-31", "daily 2025-01-01"}},
        CoverRow{"ends of months by days, whole ones by month",
                 Interval::MINUTE_1,
                 "2024-01-31",
                 "2024-03-02",
                 {"daily 2024-01-31", "monthly 2024-02", "daily 2024-03-01"}}));

TEST(ArchivePlan, APeriodThatIsNotOverIsNotAsked) {
  const auto r = minutes("2024-03-14", "2024-03-16");
  EXPECT_THAT(texts(vision(r, {}, at("2024-03-15T18:00")).steps), ElementsAre("daily 2024-03-14"));
  EXPECT_THAT(texts(vision(r, {}, at("2024-03-16")).steps), ElementsAre("daily 2024-03-14", "daily 2024-03-15"));
}

TEST(ArchivePlan, TheCurrentMonthComesByDays) {
  const auto steps = texts(vision(minutes("2024-03-01", "2024-03-20"), everything_listed(), at("2024-03-20")).steps);
  EXPECT_THAT(steps, SizeIs(19));
  EXPECT_EQ(steps.front(), "daily 2024-03-01");
}

TEST(ArchivePlan, UpToThreeUnlistedFilesAreAskedAtOnce) {
  const Plan three = vision(minutes("2024-03-04", "2024-03-07"));
  EXPECT_THAT(now_texts(three), SizeIs(3));
  const Plan four = vision(minutes("2024-03-04", "2024-03-08"));
  EXPECT_THAT(now_texts(four), ElementsAre("list daily after 2024-03-03"));
  EXPECT_THAT(four.steps, SizeIs(5)) << "the plan counts as if all were listed";
}

TEST(ArchivePlan, OfManyFilesSomeAreAskedBesideTheListingTheLastOnes) {
  const auto years = hours("2020-01-01", "2024-01-01");
  EXPECT_THAT(now_texts(vision(years)),
              ElementsAre("list monthly", "monthly 2023-06", "monthly 2023-07", "monthly 2023-08", "monthly 2023-09",
                          "monthly 2023-10", "monthly 2023-11", "monthly 2023-12"));
  EXPECT_THAT(vision(years).steps, SizeIs(49));
  EXPECT_THAT(now_texts(vision(hours("2022-01-01", "2023-05-01"))), SizeIs(1 + 4)) << "a quarter of sixteen";
  EXPECT_THAT(now_texts(vision(hours("2022-01-01", "2023-04-01"))), SizeIs(1)) << "fifteen are not many";
  const Wanted seconds{{MarketType::SPOT, Symbol{"BTCUSDT"}, Interval::SECOND_1}, {at("2020-01-01"), at("2024-01-01")}};
  EXPECT_THAT(now_texts(vision(seconds)), SizeIs(1)) << "large ones are not asked for in vain";
}

TEST(ArchivePlan, DaysOfMonthsThatWereReadAreNotListedWhereTheyAreFew) {
  const auto years = hours("2020-01-01", "2024-01-01");
  Ledger ledger;
  RangeSet days;
  for (const Step& step : vision(years).steps) {
    const auto* const file = std::get_if<ArchiveFile>(&step.action);
    if (file == nullptr) continue;
    const TimeRange hole{step.range.begin + std::chrono::hours{5}, step.range.begin + std::chrono::hours{6}};
    const RangeSet have = RangeSet{step.range}.minus(RangeSet{hole});
    Rows rows;
    rows.have = have;
    rows.count = 700;
    rows.times = {at("2024-02-01"), at("2024-02-01"), at("2024-02-01")};
    ledger = learn(std::move(ledger), years, step, rows);
  }
  const std::vector<std::string> few = now_texts(vision(hours("2020-01-01", "2021-05-01"), ledger));
  EXPECT_THAT(few, SizeIs(16)) << "of a page that would tell of 500";
  EXPECT_THAT(few, Each(testing::StartsWith("daily ")));
  EXPECT_THAT(now_texts(vision(hours("2020-01-01", "2021-07-01"), ledger)), SizeIs(18)) << "they reach over two pages";
  EXPECT_THAT(now_texts(vision(hours("2020-01-01", "2021-06-01"), ledger)).front(), testing::StartsWith("list daily"));
}

TEST(ArchivePlan, AListingThatFailsIsNoFailure) {
  const auto r = minutes("2024-03-04", "2024-03-08");
  const Plan first = vision(r);
  const Ledger ledger = learn({}, r, first.steps.front(), Failed{Cause::unavailable, "down"});
  EXPECT_THAT(now_texts(vision(r, ledger)), SizeIs(4));
}

TEST(ArchivePlan, OnlyListedFilesAreAsked) {
  const auto r = minutes("2024-03-04", "2024-03-08");
  const Plan first = vision(r);
  const Ledger ledger = learn({}, r, first.steps.front(), listed_files({"2024-03-05", "2024-03-06"}));
  // The month may have the days that have no file of their own.
  EXPECT_THAT(texts(vision(r, ledger).steps), ElementsAre("monthly 2024-03"));
}

TEST(ArchivePlan, AfterAMonths404ComesTheListing) {
  const auto r = minutes("2024-03-01", "2024-04-01");
  const Plan first = vision(r);
  ASSERT_THAT(now_texts(first), ElementsAre("monthly 2024-03"));
  const Ledger ledger = learn({}, r, first.steps.front(), Absent{});
  EXPECT_THAT(now_texts(vision(r, ledger)), ElementsAre("list monthly"));
}

TEST(ArchivePlan, ADistrustedFileIsReplacedByTheOtherGranularity) {
  const auto day = minutes("2024-03-04", "2024-03-05");
  const Ledger no_day = learn({}, day, vision(day).steps.front(), Distrusted{true, "checksum", {}});
  EXPECT_THAT(texts(vision(day, no_day).steps), ElementsAre("monthly 2024-03"));
  const auto month = minutes("2024-03-01", "2024-04-01");
  const Ledger no_month = learn({}, month, vision(month).steps.front(), Distrusted{true, "checksum", {}});
  EXPECT_THAT(now_texts(vision(month, no_month)), ElementsAre("list daily after 2024-02-29"));
  EXPECT_THAT(vision(month, no_month).steps, SizeIs(32));
}

TEST(ArchivePlan, UnverifiedBytesAreTheLastResortAndOnlyOnRequest) {
  const auto r = minutes("2024-03-04", "2024-03-05");
  Ledger ledger = everything_listed();
  ledger.of(Granularity::daily).asked[at("2024-03-04")] = {.kind = FileState::Kind::unverified,
                                                           .cause = Cause::integrity};
  ledger.of(Granularity::monthly).asked[at("2024-03-01")] = {.kind = FileState::Kind::malformed,
                                                             .cause = Cause::integrity};
  EXPECT_THAT(vision(r, ledger).steps, IsEmpty());
  const Policy accepting{.source = DataSource::VISION, .accept_unverified = true};
  EXPECT_THAT(texts(vision(r, ledger, kLongAfter, accepting).steps), ElementsAre("daily 2024-03-04 unverified"));
}

TEST(ArchivePlan, EachDayThatAMonthDoesNotHoldWholeIsAskedOfTheDailyFile) {
  const auto r = minutes("2024-03-01", "2024-04-01");
  RangeSet have{r.slots};
  have.subtract(range("2024-03-10", "2024-03-11"));
  have.subtract(range("2024-03-20T01:00", "2024-03-20T05:00"));  // a half-made monthly file lacks half a day
  Ledger ledger =
      learn(everything_listed(), r, vision(r, everything_listed()).steps.front(), rows(have, r.series.interval));
  EXPECT_THAT(texts(vision(r, ledger).steps), ElementsAre("daily 2024-03-10", "daily 2024-03-20"));
  EXPECT_THAT(missing(r, kVision, ledger, kLongAfter), SizeIs(2)) << "until then the month's word is none";
  ledger = learn(ledger, r, vision(r, ledger).steps.front(), Absent{});
  ledger = learn(ledger, r, vision(r, ledger).steps.front(),
                 rows({range("2024-03-20", "2024-03-20T04:00")}, Interval::MINUTE_1));
  EXPECT_THAT(vision(r, ledger).steps, IsEmpty());
  EXPECT_THAT(missing(r, kVision, ledger, kLongAfter), IsEmpty());
  EXPECT_TRUE(ledger.present.contains(range("2024-03-20T01:00", "2024-03-20T04:00")));
  const auto kept = absences(r, kVision, ledger, kLongAfter);
  ASSERT_THAT(kept, SizeIs(1)) << "that of the daily file is in its own range";
  EXPECT_EQ(kept[0].range, range("2024-03-10", "2024-03-11")) << "where there is no daily file the month's word stands";
  EXPECT_EQ(kept[0].granularity, Granularity::monthly);
}

TEST(ArchivePlan, WhenNothingWasThereItAsksWhereTheSeriesBegins) {
  const auto r = minutes("2016-03-04", "2016-03-05");
  Ledger ledger = learn({}, r, vision(r).steps.front(), Absent{});
  ledger = learn(ledger, r, vision(r, ledger).steps.front(), Absent{});
  ASSERT_THAT(now_texts(vision(r, ledger)), ElementsAre("list monthly"));
  ledger = listed(Granularity::monthly, "2017-08-01", "2026-09-01", ledger);
  ASSERT_THAT(now_texts(vision(r, ledger)), ElementsAre("list daily"));
  ledger = listed(Granularity::daily, "2017-08-17", "2018-12-31", ledger);
  EXPECT_THAT(vision(r, ledger).steps, IsEmpty());
  EXPECT_THAT(missing(r, kVision, ledger, kLongAfter), IsEmpty());
  EXPECT_EQ(before_first(r, kVision, ledger), RangeSet{r.slots});
  EXPECT_FALSE(is_unknown(r, kVision, ledger));
}

TEST(ArchivePlan, ASeriesThatListsNothingIsUnknown) {
  const auto r = minutes("2024-03-04", "2024-03-05");
  Ledger ledger =
      listed(Granularity::daily, "2024-03-01", "2024-03-01", listed(Granularity::monthly, "2024-03-01", "2024-03-01"));
  EXPECT_TRUE(is_unknown(r, kVision, ledger));
  EXPECT_THAT(vision(r, ledger).steps, IsEmpty());
}

TEST(ArchivePlan, EveryStepSaysWhyAndWhatItCosts) {
  for (const Step& step : vision(minutes("2024-01-01", "2024-06-10"), {}).steps) {
    EXPECT_FALSE(step.reason.empty()) << text(step);
    EXPECT_GT(step.requests, 0);
    EXPECT_GT(step.bytes, 0);
  }
}

TEST(ArchivePlan, AsksAgainOfTheFileThatHasAnsweredBefore) {
  // A candle of it differs from one that is kept, and has to be fetched at each request: the same one each time.
  const Wanted r = wanted(MarketType::SPOT, Interval::HOUR_1, "2024-03-15T08:00", "2024-03-15T09:00");
  EXPECT_EQ(texts(plan(r, kVision, {}, kLongAfter).steps), std::vector<std::string>{"daily 2024-03-15"});
  Ledger ledger;
  ledger.archive_monthly.add(range("2024-03-01", "2024-03-15T08:00"));
  EXPECT_EQ(texts(plan(r, kVision, ledger, kLongAfter).steps), std::vector<std::string>{"monthly 2024-03"});
}

}  // namespace
}  // namespace klinekeep::planner
