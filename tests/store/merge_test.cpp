#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/support.hpp"

namespace klinekeep::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const Interval kHour = Interval::HOUR_1;
const TimeRange kDay = range("2024-03-15", "2024-03-16");

TEST(Merge, PollsOfOneMinuteEachStayOneRange) {
  Content content;
  for (int minute = 0; minute < 1000; ++minute) {
    const Timestamp begin = kDay.begin + std::chrono::minutes{minute};
    Addition poll = full(Origin::rest, {begin, begin + std::chrono::minutes{1}}, Interval::MINUTE_1);
    poll.at = begin + std::chrono::minutes{2};
    merge(content, poll, Interval::MINUTE_1, Precedence::committed);
  }
  ASSERT_EQ(content.coverage.answered.size(), 1U);
  EXPECT_EQ(content.coverage.answered[0].at, kDay.begin + std::chrono::minutes{1001});
  EXPECT_EQ(content.rows.size(), 1000U);
}

TEST(Merge, ARowEndsTheHoleOfItsOrigin) {
  Content content;
  merge(content, answer(Origin::rest, kDay, {}), kHour, Precedence::committed);
  merge(content, full(Origin::rest, kDay, kHour), kHour, Precedence::committed);
  EXPECT_THAT(content.coverage.holes, IsEmpty());
  EXPECT_EQ(content.rows.size(), 24U);
}

TEST(Merge, SlotsThatAnAnswerLeavesOpenAreNeitherAnsweredNorHoles) {
  const TimeRange open = range("2024-03-15T05:00:00", "2024-03-15T08:00:00");
  Candles rows = candles_in({kDay.begin, open.begin}, kHour);
  const Candles after = candles_in({open.end, kDay.end}, kHour);
  rows.append(after, 0, after.size());
  Addition month = answer(Origin::monthly, kDay, rows);
  month.except = {open};
  Content content;
  merge(content, month, kHour, Precedence::committed);
  EXPECT_THAT(content.coverage.holes, IsEmpty());
  const Known what = known(content.coverage, kHour, kArchive);
  EXPECT_EQ(what.archive, RangeSet{kDay}.minus(RangeSet{open}));
  EXPECT_EQ(what.present, what.archive);
  const auto alone = coverage_alone(month, kHour, range("2024-03-01", "2024-04-01"));
  ASSERT_TRUE(alone);
  EXPECT_EQ(*alone, content.coverage);

  // What others know of them stays; and the word that was awaited makes them holes.
  merge(content, full(Origin::daily, {open.begin, open.begin + std::chrono::hours{1}}, kHour), kHour,
        Precedence::committed);
  EXPECT_TRUE(merge(content, month, kHour, Precedence::committed).conflicts.empty());
  EXPECT_TRUE(known(content.coverage, kHour, kArchive).present.contains(open.begin));
  merge(content, answer(Origin::monthly, {open.begin + std::chrono::hours{1}, open.end}, {}), kHour,
        Precedence::committed);
  EXPECT_TRUE(known(content.coverage, kHour, kArchive).archive.contains(kDay));
}

TEST(Merge, ConflictsAreToldAndNotCoveredForWhoDiffers) {
  Content content;
  merge(content, full(Origin::daily, kDay, kHour), kHour, Precedence::committed);
  Addition other = full(Origin::rest, kDay, kHour);
  const std::size_t seven = 7;
  other.rows.close[seven] += 1;
  const MergeOutcome outcome = merge(content, other, kHour, Precedence::committed);
  const Timestamp open = kDay.begin + std::chrono::hours{7};
  EXPECT_THAT(outcome.conflicts, ElementsAre(open));
  EXPECT_EQ(outcome.rows_added, 0);
  EXPECT_TRUE(known(content.coverage, kHour, kAny).present.contains(kDay));
  EXPECT_FALSE(known(content.coverage, kHour, kRest).present.contains(open));
  EXPECT_FALSE(known(content.coverage, kHour, kRest).rest.contains(open));

  EXPECT_THAT(merge(content, other, kHour, Precedence::addition).conflicts, ElementsAre(open));
  EXPECT_TRUE(content.rows.same_row(seven, other.rows, seven));
  EXPECT_TRUE(known(content.coverage, kHour, kRest).present.contains(kDay));
  EXPECT_FALSE(known(content.coverage, kHour, kArchive).archive.contains(open));
}

TEST(Merge, OffGridRowsBelongToWhoHasThem) {
  Content content;
  const Timestamp odd = at("2024-03-15T03:30:00");
  Candles rows = candles_in(range("2024-03-15T00:00:00", "2024-03-15T04:00:00"), kHour);
  push(rows, odd, kHour, 9);
  const TimeRange five = range("2024-03-15T00:00:00", "2024-03-15T05:00:00");
  merge(content, answer(Origin::monthly, five, rows), kHour, Precedence::committed);
  merge(content, answer(Origin::rest, five, candles_in(range("2024-03-15T00:00:00", "2024-03-15T04:00:00"), kHour)),
        kHour, Precedence::committed);
  EXPECT_EQ(content.rows.size(), 5U);
  EXPECT_EQ(rows_that_count(content, kHour, kAny, kDay, false).size(), 4U);
  EXPECT_EQ(rows_that_count(content, kHour, kAny, kDay, true).size(), 5U);
  EXPECT_EQ(rows_that_count(content, kHour, kRest, kDay, true).size(), 4U);
  EXPECT_EQ(rows_that_count(content, kHour, kArchive, kDay, true).size(), 5U);

  Candles differs;
  push(differs, at("2024-03-15T03:00:00"), kHour);
  push(differs, odd, kHour, 10);
  const auto outcome =
      merge(content, answer(Origin::daily, range("2024-03-15T03:00:00", "2024-03-15T04:00:00"), differs), kHour,
            Precedence::committed);
  EXPECT_THAT(outcome.conflicts, ElementsAre(odd));
  EXPECT_THAT(content.coverage.off_grid, ElementsAre(OffGrid{odd, Origin::monthly, Trust::verified}));
  const auto daily = [](const Answered& each) { return each.origin == Origin::daily; };
  EXPECT_TRUE(answered_slots(content.coverage, daily).empty());

  EXPECT_THAT(
      merge(content, answer(Origin::monthly, five, candles_in(five, kHour)), kHour, Precedence::addition).conflicts,
      ElementsAre(odd));
  EXPECT_THAT(content.coverage.off_grid, IsEmpty());
  EXPECT_EQ(content.rows.size(), 5U);
}

TEST(Merge, UnverifiedOffGridRowsGiveWayToo) {
  Content content;
  Candles odd = candles_at({at("2024-03-15T03:30:00")}, kHour);
  merge(content, answer(Origin::daily, kDay, odd, Trust::unverified), kHour, Precedence::committed);
  EXPECT_EQ(content.rows.size(), 1U);
  merge(content, full(Origin::rest, kDay, kHour), kHour, Precedence::committed);
  EXPECT_EQ(content.rows.size(), 24U);
  EXPECT_THAT(content.coverage.off_grid, IsEmpty());
}

TEST(Merge, AWeekBelongsToTheMonthItOpensIn) {
  const Interval week = Interval::WEEK_1;
  const TimeRange spring = range("2025-03-03", "2025-05-05");
  Content march;
  Content april;
  const Addition all = full(Origin::rest, spring, week);
  merge(march, all, week, Precedence::committed, range("2025-03-01", "2025-04-01"));
  merge(april, all, week, Precedence::committed, range("2025-04-01", "2025-05-01"));
  EXPECT_EQ(opens_of(march.rows).back(), at("2025-03-31"));
  EXPECT_EQ(march.coverage.answered.at(0).range, range("2025-03-03", "2025-04-01"));
  EXPECT_EQ(april.coverage.answered.at(0).range, range("2025-04-07", "2025-05-01"));
  RangeSet joined = known(march.coverage, week, kAny).present;
  joined.add(known(april.coverage, week, kAny).present);
  EXPECT_EQ(joined, RangeSet{range("2025-03-03", "2025-05-05")});
}

TEST(Merge, AMonthIsOneSlot) {
  Content content;
  merge(content, full(Origin::rest, range("2024-03-01", "2024-04-01"), Interval::MONTH_1), Interval::MONTH_1,
        Precedence::committed, range("2024-03-01", "2024-04-01"));
  EXPECT_EQ(content.rows.size(), 1U);
  EXPECT_EQ(known(content.coverage, Interval::MONTH_1, kAny).present, RangeSet{range("2024-03-01", "2024-04-01")});
}

TEST(MergeOf3d, ACandleCoversThreeDays) {
  const Interval three = Interval::DAY_3;
  Content content;
  const TimeRange asked = range("2024-03-01", "2024-03-10");
  merge(content, answer(Origin::rest, asked, candles_at({at("2024-03-02"), at("2024-03-05")}, three)), three,
        Precedence::committed, range("2024-03-01", "2024-04-01"));
  EXPECT_EQ(known(content.coverage, three, kAny).present, RangeSet{range("2024-03-02", "2024-03-08")});
  EXPECT_THAT(content.coverage.holes,
              ElementsAre(Hole{Origin::rest, range("2024-03-01", "2024-03-02"), kAsked, kAsked},
                          Hole{Origin::rest, range("2024-03-08", "2024-03-10"), kAsked, kAsked}));
}

TEST(MergeOf3d, ARowInsideAnothersDaysIsAConflict) {
  const Interval three = Interval::DAY_3;
  const TimeRange month = range("2024-03-01", "2024-04-01");
  Content content;
  merge(content,
        answer(Origin::monthly, range("2024-03-02", "2024-03-08"),
               candles_at({at("2024-03-02"), at("2024-03-05")}, three)),
        three, Precedence::committed, month);
  const Addition shifted =
      answer(Origin::rest, range("2024-03-04", "2024-03-10"), candles_at({at("2024-03-04"), at("2024-03-07")}, three));
  const auto outcome = merge(content, shifted, three, Precedence::committed, month);
  EXPECT_THAT(outcome.conflicts, ElementsAre(at("2024-03-04"), at("2024-03-07")));
  EXPECT_EQ(outcome.rows_added, 0);
  EXPECT_TRUE(known(content.coverage, three, kRest).rest.empty());

  merge(content, shifted, three, Precedence::addition, month);
  EXPECT_THAT(opens_of(content.rows), ElementsAre(at("2024-03-04"), at("2024-03-07")));
  EXPECT_EQ(known(content.coverage, three, kRest).present, RangeSet{range("2024-03-04", "2024-03-10")});
  EXPECT_TRUE(known(content.coverage, three, kArchive).present.empty());
}

TEST(MergeOf3d, AnAnswerThatBeginsWithinACandleSaysNothingOfIt) {
  const Interval three = Interval::DAY_3;
  const TimeRange month = range("2024-03-01", "2024-04-01");
  Content content;
  merge(content, answer(Origin::rest, range("2024-03-02", "2024-03-05"), candles_at({at("2024-03-02")}, three)), three,
        Precedence::committed, month);
  const auto outcome =
      merge(content, answer(Origin::rest, range("2024-03-03", "2024-03-08"), candles_at({at("2024-03-05")}, three)),
            three, Precedence::committed, month);
  EXPECT_THAT(outcome.conflicts, IsEmpty());
  EXPECT_THAT(content.coverage.holes, IsEmpty());
  EXPECT_EQ(known(content.coverage, three, kAny).present, RangeSet{range("2024-03-02", "2024-03-08")});
}

TEST(MergeOf3d, TheMonthBeforeCoversItsFirstDays) {
  const Interval three = Interval::DAY_3;
  Content april;
  merge(
      april,
      answer(Origin::rest, range("2024-03-29", "2024-04-06"), candles_at({at("2024-03-31"), at("2024-04-03")}, three)),
      three, Precedence::committed, range("2024-04-01", "2024-05-01"));
  EXPECT_THAT(opens_of(april.rows), ElementsAre(at("2024-04-03")));
  EXPECT_THAT(april.coverage.holes, IsEmpty());
  EXPECT_EQ(known(april.coverage, three, kAny).present, RangeSet{range("2024-04-01", "2024-04-06")});
}

TEST(Merge, FilesAreNamedOnceAndOnlyWhenTheirRowsCount) {
  Content content;
  Addition day = full(Origin::daily, kDay, kHour);
  day.file = UsedFile{"BTCUSDT-1h-2024-03-15.zip", Trust::verified, std::string(64, 'a'), "", kAsked};
  merge(content, day, kHour, Precedence::committed);
  merge(content, day, kHour, Precedence::committed);
  EXPECT_THAT(content.coverage.files, ElementsAre(*day.file));
  Addition bad = full(Origin::daily, kDay, kHour, 2);
  bad.trust = Trust::unverified;
  bad.file = UsedFile{"BTCUSDT-1h-2024-03-15.zip", Trust::unverified, std::string(64, 'b'), "", kAsked};
  merge(content, bad, kHour, Precedence::committed);
  EXPECT_EQ(content.coverage.files.size(), 1U);
}

TEST(FilterOf, EachSourceTakesItsOwnAndCacheTakesAll) {
  const auto both = [](DataSource source) {
    const Filter filter = filter_of(source, false);
    return std::pair{filter.archive, filter.rest};
  };
  EXPECT_EQ(both(DataSource::AUTO), (std::pair{true, true}));
  EXPECT_EQ(both(DataSource::CACHE), (std::pair{true, true}));
  EXPECT_EQ(both(DataSource::REST), (std::pair{false, true}));
  EXPECT_EQ(both(DataSource::VISION), (std::pair{true, false}));
  EXPECT_TRUE(filter_of(DataSource::AUTO, true).unverified);
}

TEST(Merge, TellsRowsAsTheyWereAndAsTheyAre) {
  Content content;
  Addition first = full(Origin::monthly, kDay, kHour);
  merge(content, first, kHour, Precedence::committed);
  Addition other = full(Origin::daily, kDay, kHour);
  other.rows.close[7] += 1;
  EXPECT_TRUE(same(merge(content, other, kHour, Precedence::committed).changes.after, {})) << "what is there stays";
  const MergeOutcome outcome = merge(content, other, kHour, Precedence::addition);
  const Timestamp open = kDay.begin + std::chrono::hours{7};
  EXPECT_THAT(opens_of(outcome.changes.before), ElementsAre(open));
  EXPECT_TRUE(outcome.changes.before.same_row(0, first.rows, 7));
  EXPECT_TRUE(outcome.changes.after.same_row(0, other.rows, 7));
  EXPECT_TRUE(merge(content, other, kHour, Precedence::addition).changes.before.empty());
}

TEST(Merge, TellsACandleThatIsNoMore) {
  Content content;
  merge(content, full(Origin::daily, kDay, kHour), kHour, Precedence::committed);
  const Candles early = candles_in(range("2024-03-15", "2024-03-15T20:00:00"), kHour);
  const MergeOutcome outcome = merge(content, answer(Origin::daily, kDay, early), kHour, Precedence::addition);
  EXPECT_EQ(opens_of(outcome.changes.before).size(), 4U);
  EXPECT_TRUE(outcome.changes.after.empty());
}

TEST(Merge, OfThreeDaysTellsTheCandleThatGoesAndTheOneInItsPlace) {
  Content content;
  const TimeRange week = range("2024-03-01", "2024-03-07");
  merge(content, answer(Origin::rest, week, candles_in(week, Interval::DAY_3)), Interval::DAY_3, Precedence::committed);
  const Candles shifted = candles_at({at("2024-03-02")}, Interval::DAY_3, 2);
  const auto outcome = merge(content, answer(Origin::monthly, range("2024-03-02", "2024-03-05"), shifted),
                             Interval::DAY_3, Precedence::addition);
  EXPECT_THAT(opens_of(outcome.changes.before), ElementsAre(at("2024-03-01"), at("2024-03-04")));
  EXPECT_THAT(opens_of(outcome.changes.after), ElementsAre(at("2024-03-02")));
}

TEST(Merge, AFileReadAgainByARefreshTakesThePlaceOfWhatItWas) {
  Content content;
  const auto version = [](const char* etag, char sha) {
    Addition addition = full(Origin::daily, kDay, kHour);
    addition.file = UsedFile{"BTCUSDT-1h-2024-03-15.zip", Trust::verified, std::string(64, sha), etag, kAsked};
    return addition;
  };
  merge(content, version("old", '1'), kHour, Precedence::committed);
  merge(content, version("new", '2'), kHour, Precedence::committed);
  EXPECT_EQ(content.coverage.files.size(), 2U) << "rows of both may be kept";
  merge(content, version("new", '2'), kHour, Precedence::addition);
  ASSERT_EQ(content.coverage.files.size(), 1U);
  EXPECT_EQ(content.coverage.files[0].etag, "new");
}

}  // namespace
}  // namespace klinekeep::store
