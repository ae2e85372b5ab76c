// What AUTO asks after an answer: the rules of fallback, told step by step.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "planner/told.hpp"

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

const Timestamp kNow = Told::kNow;

Wanted minutes(std::string_view begin, std::string_view end) {
  return wanted(MarketType::SPOT, Interval::MINUTE_1, begin, end);
}

const Wanted kDay = minutes("2024-03-15", "2024-03-16");
const Failed kDown{Cause::unavailable, "the archive is down"};

TEST(AutoFallback, AHoleInAFileIsAskedOfRest) {
  RangeSet have{kDay.slots};
  have.subtract(range("2024-03-15T05:00", "2024-03-15T06:00"));
  Told told{kDay};
  told.then_rows("daily 2024-03-15", have);
  ASSERT_THAT(told.steps(), ElementsAre("page 2024-03-15T05:00 to 2024-03-15T06:00 limit 60"));
  EXPECT_THAT(told.reason(), HasSubstr("hole"));
  told.then_rows("page 2024-03-15T05:00 to 2024-03-15T06:00 limit 60", {});
  EXPECT_THAT(told.steps(), IsEmpty());
  EXPECT_THAT(told.missing(), IsEmpty());
  EXPECT_THAT(told.gaps(), ElementsAre(Gap{range("2024-03-15T05:00", "2024-03-15T06:00"), kAbsent}));
}

TEST(AutoFallback, AnAbsentFileLeavesTheChoiceToCost) {
  Told few{minutes("2024-03-15T05:00", "2024-03-15T06:00")};
  few.then("daily 2024-03-15", Absent{});
  EXPECT_THAT(few.steps(), ElementsAre("page 2024-03-15T05:00 to 2024-03-15T06:00 limit 60"));
  Told failed{kDay};
  failed.then("daily 2024-03-15", kDown);
  EXPECT_THAT(failed.steps(), SizeIs(2)) << "two pages cost less than the month";
  EXPECT_THAT(failed.steps(), Each(StartsWith("page")));
}

TEST(AutoFallback, DaysThatTheArchiveMissedComeByRestTogether) {
  const auto r = wanted(MarketType::SPOT, Interval::HOUR_1, "2024-05-02", "2024-05-08");
  Told told{r};
  for (const char* day : {"daily 2024-05-02", "daily 2024-05-03"}) EXPECT_THAT(told.steps(), Not(Contains(day)));
  EXPECT_THAT(told.steps(), ElementsAre("page 2024-05-02T00:00 to 2024-05-08T00:00 limit 1000"))
      << "six days cost more than a page of 144 rows";
}

TEST(AutoFallback, ADistrustedFileIsReplacedByTheOtherGranularityWhateverItCosts) {
  Told told{minutes("2024-03-15T05:00", "2024-03-15T06:00")};
  told.then("daily 2024-03-15", Distrusted{true, "checksum", {}});
  ASSERT_THAT(told.steps(), ElementsAre("monthly 2024-03"));
  EXPECT_THAT(told.reason(), HasSubstr("not believed"));
  told.then("monthly 2024-03", Distrusted{true, "checksum", {}});
  EXPECT_THAT(told.steps(), ElementsAre("page 2024-03-15T05:00 to 2024-03-15T06:00 limit 60"));
}

TEST(AutoFallback, UnverifiedBytesAreTheLastResort) {
  const auto r = minutes("2024-03-15T05:00", "2024-03-15T06:00");
  for (const bool accept : {false, true}) {
    Told told{r, everything_listed(), {.source = DataSource::AUTO, .accept_unverified = accept}};
    told.then("daily 2024-03-15", Distrusted{true, "checksum", {}})
        .then("monthly 2024-03", Distrusted{false, "not a zip", {}})
        .then("page 2024-03-15T05:00 to 2024-03-15T06:00 limit 60", Failed{Cause::integrity, "rubbish"});
    if (accept) {
      EXPECT_THAT(told.steps(), ElementsAre("daily 2024-03-15 unverified"));
    } else {
      EXPECT_THAT(told.steps(), IsEmpty());
      ASSERT_THAT(told.missing(), SizeIs(1));
      EXPECT_EQ(told.missing()[0].cause, Cause::integrity);
      EXPECT_EQ(told.missing()[0].detail, "rubbish");
    }
  }
}

TEST(AutoFallback, AFailedPageIsAskedOfADueFile) {
  const auto r = wanted(MarketType::SPOT, Interval::SECOND_1, "2024-03-15T05:00", "2024-03-15T05:10");
  Told told{r};
  told.then("page 2024-03-15T05:00 to 2024-03-15T05:10 limit 1000", Failed{Cause::rate_limited, "429"});
  ASSERT_THAT(told.steps(), ElementsAre("daily 2024-03-15"));
  told.then("daily 2024-03-15", Absent{});
  ASSERT_THAT(told.steps(), ElementsAre("monthly 2024-03"));
  told.then("monthly 2024-03", kDown);
  EXPECT_THAT(told.steps(), IsEmpty());
  ASSERT_THAT(told.missing(), SizeIs(1));
  EXPECT_EQ(told.missing()[0].cause, Cause::rate_limited) << "the gravest";
}

TEST(AutoFallback, ADayThatAMonthDoesNotHoldWholeIsAskedOfTheDailyFileWhereThatIsCheaper) {
  const TimeRange day = range("2024-03-10", "2024-03-11");
  const auto without_day = [&](Interval interval) {
    const auto r = wanted(MarketType::SPOT, interval, "2024-03-01", "2024-04-01");
    RangeSet have{r.slots};
    have.subtract(day);
    Told told{r};
    told.then_rows("monthly 2024-03", have);
    return told;
  };
  Told of_minutes = without_day(Interval::MINUTE_1);
  ASSERT_THAT(of_minutes.steps(), ElementsAre("daily 2024-03-10"));
  of_minutes.then("daily 2024-03-10", Absent{});
  EXPECT_THAT(of_minutes.steps(), ElementsAre("page 2024-03-10T00:00 to 2024-03-10T16:40 limit 1000",
                                              "page 2024-03-10T16:40 to 2024-03-11T00:00 limit 1000"));
  Policy rest_is_cheap = kAuto;
  rest_is_cheap.rest_factor = 1;
  const auto r = wanted(MarketType::SPOT, Interval::HOUR_1, "2024-03-01", "2024-04-01");
  Ledger ledger = everything_listed();
  ledger.archive.add(r.slots);
  ledger.archive.subtract(day);
  ledger.present.add(ledger.archive);
  ledger.archive_day_holes.add(day);
  EXPECT_THAT(texts(plan(r, rest_is_cheap, ledger, kNow).steps),
              ElementsAre("page 2024-03-10T00:00 to 2024-03-11T00:00 limit 24"));
}

TEST(AutoFallback, OfAHoleOfManyPagesInAFileRestIsAskedForTheNextCandleFirst) {
  const auto r = minutes("2024-03-01", "2024-04-01");
  const TimeRange week = range("2024-03-10", "2024-03-17");
  Ledger ledger = everything_listed();
  ledger.archive.add(r.slots);
  ledger.present.add(r.slots);
  ledger.present.subtract(week);
  Told told{r, ledger};
  ASSERT_THAT(told.steps(), ElementsAre("next 2024-03-10T00:00 to 2024-04-01T00:00"));
  Told outage = told;
  outage.then("next 2024-03-10T00:00 to 2024-04-01T00:00", found(week.end, kNow));
  EXPECT_THAT(outage.steps(), IsEmpty());
  EXPECT_THAT(outage.gaps(), ElementsAre(Gap{week, kAbsent}));
  told.then("next 2024-03-10T00:00 to 2024-04-01T00:00", found(week.begin, kNow));
  EXPECT_THAT(told.steps(), SizeIs(11));
  EXPECT_THAT(told.steps(), Each(StartsWith("page")));
}

TEST(AutoFallback, AMonths404IsFollowedByTheListing) {
  Told told{minutes("2024-03-01", "2024-04-01"), {}};
  ASSERT_THAT(told.now_steps(), ElementsAre("monthly 2024-03"));
  told.then("monthly 2024-03", Absent{});
  EXPECT_THAT(told.now_steps(), ElementsAre("list monthly", "list daily after 2024-02-29"));
}

TEST(AutoFallback, AnEmptyFirstPageIsFollowedByTheListingAndTheFirstCandle) {
  const auto r = wanted(MarketType::SPOT, Interval::DAY_1, "2012-01-01", "2018-01-01");
  Told told{r};
  EXPECT_THAT(told.now_steps(), Contains("page 2012-01-01T00:00 to 2014-09-27T00:00 limit 1000"));
  told.then_rows("page 2012-01-01T00:00 to 2014-09-27T00:00 limit 1000", {});
  EXPECT_THAT(told.now_steps(), Contains("first"));
  told.then("first", found(at("2017-08-17")));
  EXPECT_EQ(told.before_first(), (RangeSet{range("2012-01-01", "2017-08-17")}));
  EXPECT_THAT(told.steps(), ElementsAre("page 2017-08-17T00:00 to 2018-01-01T00:00 limit 1000"));
}

TEST(AutoFallback, TheFirstCandleIsTheEarlierOfRestsAndTheArchives) {
  const auto r = wanted(MarketType::SPOT, Interval::DAY_1, "2017-06-01", "2017-12-01");
  Ledger seen;
  seen.first = NoCandles{{Timestamp{}, at("2017-11-29")}, kNow};
  seen.present.add(range("2017-11-29", "2017-12-01"));
  Told told{r, seen};
  ASSERT_THAT(told.now_steps(), ElementsAre("list monthly", "list daily"));
  EXPECT_TRUE(told.before_first().empty());
  told.then("list monthly", listed_files({"2017-10-01", "2017-11-01"})).then("list daily", listed_files({}));
  EXPECT_EQ(told.before_first(), (RangeSet{range("2017-06-01", "2017-10-01")}))
      << "REST serves the last few for a while";
  EXPECT_THAT(told.steps(), ElementsAre("monthly 2017-10", "monthly 2017-11"));
}

TEST(AutoFallback, OfCoinMTheFirstCandleIsTheEarlierOfFirstRowAndFirstFile) {
  const auto r = wanted(MarketType::FUTURES_COIN, Interval::DAY_1, "2020-01-01", "2020-12-01");
  Ledger seen;
  seen.silences = {{range("2020-01-01", "2020-08-10"), Silence::Kind::question, kNow}};
  seen.present.add(range("2020-08-10", "2020-12-01"));
  Told told{r, seen};
  ASSERT_THAT(told.now_steps(), ElementsAre("list monthly", "list daily"));
  Told earlier = told;
  earlier.then("list monthly", listed_files({"2020-07-01", "2020-08-01"})).then("list daily", listed_files({}));
  EXPECT_EQ(earlier.before_first(), (RangeSet{range("2020-01-01", "2020-07-01")}));
  told.then("list monthly", listed_files({"2020-08-01"})).then("list daily", listed_files({"2020-08-11"}));
  EXPECT_EQ(told.before_first(), (RangeSet{range("2020-01-01", "2020-08-10")}));
}

TEST(AutoFallback, BeforeAGapIsConfirmedTheArchiveIsAskedIfRestHasNotOneRow) {
  const auto r = wanted(MarketType::SPOT, Interval::SECOND_1, "2024-03-15T05:00", "2024-03-15T05:10");
  const std::string page = "page 2024-03-15T05:00 to 2024-03-15T05:10 limit 1000";
  Told told{r, {}};
  told.then_rows(page, {});
  ASSERT_THAT(told.now_steps(), ElementsAre("list daily after 2024-03-14")) << "the listing first, even for one file";
  told.then("list daily after 2024-03-14", listed_files({"2024-03-15"}));
  ASSERT_THAT(told.steps(), ElementsAre("daily 2024-03-15"));
  EXPECT_THAT(told.reason(), HasSubstr("not one row"));
  Told failed = told;
  failed.then("daily 2024-03-15", kDown).then("list monthly", Failed{}).then("monthly 2024-03", Absent{});
  ASSERT_THAT(failed.missing(), SizeIs(1)) << "not confirmed";
  EXPECT_EQ(failed.missing()[0].cause, Cause::unavailable);
  told.then_rows("daily 2024-03-15", {});
  EXPECT_THAT(told.steps(), IsEmpty());
  EXPECT_THAT(told.missing(), IsEmpty());
  EXPECT_THAT(told.gaps(), ElementsAre(Gap{r.slots, kAbsent}));
}

TEST(AutoFallback, NotIfSomeRowCameFromRest) {
  const auto r = wanted(MarketType::SPOT, Interval::SECOND_1, "2024-03-15T05:00", "2024-03-15T05:10");
  Told told{r, {}};
  told.then_rows("page 2024-03-15T05:00 to 2024-03-15T05:10 limit 1000",
                 {range("2024-03-15T05:00", "2024-03-15T05:09")});
  EXPECT_THAT(told.steps(), IsEmpty());
  EXPECT_THAT(told.gaps(), ElementsAre(Gap{range("2024-03-15T05:09", "2024-03-15T05:10"), kAbsentInRest}));
}

TEST(AutoFallback, ASymbolThatRestDoesNotKnowMayLiveOnInTheArchive) {
  const auto r = wanted(MarketType::FUTURES_USDT, Interval::DAY_1, "2023-01-01", "2024-05-10");
  Told told{r, {}};
  told.then("page 2023-01-01T00:00 to 2024-05-10T00:00 limit 499", unknown(kNow));
  ASSERT_THAT(told.now_steps(), ElementsAre("list monthly", "list daily"));
  told.then("list monthly", listed_files({"2024-02-01", "2024-03-01"})).then("list daily", listed_files({}));
  EXPECT_THAT(told.steps(),
              ElementsAre("next 2024-04-01T00:00 to 2024-05-10T00:00", "monthly 2024-02", "monthly 2024-03"))
      << "one question more, where no file can tell";
  EXPECT_EQ(told.before_first(), (RangeSet{range("2023-01-01", "2024-02-01")}));
  told.then_rows("monthly 2024-02", {range("2024-02-01", "2024-03-01")})
      .then_rows("monthly 2024-03", {range("2024-03-01", "2024-04-01")});
  EXPECT_THAT(told.missing(), SizeIs(1)) << "-1121 alone is no evidence";
  Told failed = told;
  failed.then("next 2024-04-01T00:00 to 2024-05-10T00:00", kDown);
  EXPECT_THAT(failed.steps(), IsEmpty());
  ASSERT_THAT(failed.missing(), SizeIs(1));
  EXPECT_EQ(failed.missing()[0].cause, Cause::unavailable);
  Told known = told;
  known.then("next 2024-04-01T00:00 to 2024-05-10T00:00", found(at("2024-04-01"), kNow));
  ASSERT_THAT(known.steps(), ElementsAre("first")) << "what came before was its word, too";
  known.then("first", found(at("2024-02-01"), kNow));
  EXPECT_THAT(known.steps(), ElementsAre("page 2024-04-01T00:00 to 2024-05-10T00:00 limit 39 again"));
  told.then("next 2024-04-01T00:00 to 2024-05-10T00:00", unknown(kNow));
  EXPECT_THAT(told.steps(), IsEmpty());
  EXPECT_FALSE(told.is_unknown());
  EXPECT_THAT(told.gaps(), ElementsAre(Gap{range("2023-01-01", "2024-02-01"), kBeforeListing},
                                       Gap{range("2024-04-01", "2024-05-10"), kAbsentInRest}));
}

TEST(AutoFallback, ItIsUnknownOnlyIfTheListingHasNoFileOfItEither) {
  const auto r = minutes("2024-05-10T08:00", "2024-05-10T09:00");
  const auto none_listed = [&](const Ledger& seed) {
    Told told{r, seed};
    told.then("page 2024-05-10T08:00 to 2024-05-10T09:00 limit 60", unknown(kNow));
    EXPECT_FALSE(told.is_unknown()) << "the listing is still to be asked";
    EXPECT_THAT(told.now_steps(), ElementsAre("list monthly", "list daily"));
    told.then("list monthly", listed_files({})).then("list daily", listed_files({}));
    return told;
  };
  const Told unknown_to_both = none_listed({});
  EXPECT_THAT(unknown_to_both.steps(), IsEmpty());
  EXPECT_TRUE(unknown_to_both.is_unknown());
  Ledger cached;
  cached.archive_was_there = true;
  Told contradicting = none_listed(cached);
  contradicting.then("next 2024-05-10T08:00 to 2024-05-10T09:00", unknown(kNow));
  EXPECT_FALSE(contradicting.is_unknown());
  ASSERT_THAT(contradicting.missing(), SizeIs(1)) << "an empty listing contradicts the cache";
  EXPECT_EQ(contradicting.missing()[0].cause, Cause::unavailable);
  EXPECT_THAT(contradicting.missing()[0].detail, HasSubstr("contradicts itself"));
  EXPECT_THAT(contradicting.absences(), IsEmpty());
  EXPECT_THAT(contradicting.steps(), IsEmpty());
}

TEST(AutoFallback, ASeriesWithoutOneCandleInRestAndWithoutAFileIsAllBeforeListing) {
  const auto r = wanted(MarketType::SPOT, Interval::DAY_1, "2012-01-01", "2018-01-01");
  Told told{r, {}};
  told.then_rows("page 2012-01-01T00:00 to 2014-09-27T00:00 limit 1000", {});
  ASSERT_THAT(told.now_steps(), ElementsAre("list monthly")) << "the due files first, and before them the listing";
  told.then("list monthly", listed_files({}));
  for (int round = 0; round < 9 && !told.now_steps().empty(); ++round) {
    const std::string next = told.now_steps().front();
    if (next == "first") {
      told.then("first", found(std::nullopt, kNow));
    } else {
      ASSERT_EQ(next.substr(0, 10), "list daily");
      told.then(next, listed_files({}));
    }
  }
  EXPECT_THAT(told.gaps(), ElementsAre(Gap{r.slots, kBeforeListing}));
}

TEST(AutoFallback, FilesBeforeTheFirstListedOneAreNeverAsked) {
  Ledger seeded;
  seeded.of(Granularity::monthly).first_known = true;
  seeded.of(Granularity::monthly).exists.emplace(at("2024-04-01"), ListedFile{at("2024-04-01"), {}, {}});
  seeded.of(Granularity::daily).first_known = true;
  seeded.of(Granularity::daily).exists.emplace(at("2024-03-15"), ListedFile{at("2024-03-15"), {}, {}});
  Told told{minutes("2024-03-13", "2024-03-16"), seeded};
  EXPECT_THAT(told.steps(), ElementsAre("daily 2024-03-15", "page 2024-03-13T00:00 to 2024-03-13T16:40 limit 1000",
                                        "page 2024-03-13T16:40 to 2024-03-14T09:20 limit 1000",
                                        "page 2024-03-14T09:20 to 2024-03-15T00:00 limit 1000"));
}

}  // namespace
}  // namespace klinekeep::planner
