// What is kept of what is not there, what is known of a series as a whole, and how either is disproved: C12 of the
// contract, §3, with both sources faked and a real cache.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/candle_maker.hpp"
#include "manager/desk.hpp"
#include "manager/refresh.hpp"

namespace klinekeep::manager {
namespace {

using planner::Granularity;
using std::chrono::days;
using std::chrono::hours;
using store::Origin;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr Interval kHour = Interval::HOUR_1;
const TimeRange kMarch = range("2024-03-01", "2024-04-01");
const TimeRange kTenth = range("2024-03-10", "2024-03-11");
const TimeRange kNoonHole = range("2024-03-10T12:00:00", "2024-03-10T14:00:00");

const auto partial = [](Request& request) { request.options.partial = true; };

RangeSet answered(const Desk& desk, Origin origin) {
  return store::answered_slots(desk.coverage("202403"),
                               [&](const store::Answered& each) { return each.origin == origin; });
}

RangeSet holes(const Desk& desk, Origin origin) { return store::holes_of(desk.coverage("202403"), origin); }

// A monthly file's holes.

TEST(HolesOfAMonthlyFile, AreKeptWithTheDailyFilesWord) {
  Desk desk{kHour, "2026-01-01"};
  desk.archive->put(Granularity::monthly, "2024-03", 1, {kNoonHole});
  desk.archive->put(Granularity::daily, "2024-03-10", 1, {kNoonHole});
  const Got got = desk.get(kMarch, DataSource::VISION);
  EXPECT_THAT(gaps_of(got), ElementsAre(text_of(kNoonHole) + " absent_in_archive"));
  EXPECT_THAT(desk.asked(), ElementsAre("monthly 2024-03", "daily 2024-03-10"));
  EXPECT_EQ(holes(desk, Origin::daily), RangeSet{kNoonHole});
  EXPECT_TRUE(holes(desk, Origin::monthly).empty());
  EXPECT_EQ(gaps_of(desk.get(kMarch, DataSource::VISION)), gaps_of(got));
  EXPECT_THAT(desk.asked(), IsEmpty());
}

TEST(HolesOfAMonthlyFile, AreKeptWhereThereIsNoDailyFile) {
  Desk desk{kHour, "2026-01-01"};
  desk.archive->put(Granularity::monthly, "2024-03", 1, {kNoonHole});
  EXPECT_THAT(gaps_of(desk.get(kMarch, DataSource::VISION)), ElementsAre(text_of(kNoonHole) + " absent_in_archive"));
  EXPECT_THAT(desk.asked(), ElementsAre("monthly 2024-03", "daily 2024-03-10"));
  EXPECT_EQ(holes(desk, Origin::monthly), RangeSet{kNoonHole});
  (void)desk.get(kMarch, DataSource::VISION);
  EXPECT_THAT(desk.asked(), IsEmpty());
}

TEST(HolesOfAMonthlyFile, AreNotKeptWhereTheDailyFileCannotBeHad) {
  Desk desk{kHour, "2026-01-01"};
  desk.archive->put(Granularity::monthly, "2024-03", 1, {kNoonHole});
  desk.archive->put(Granularity::daily, "2024-03-10").failure = Cause::unavailable;
  const Got got = desk.get(kMarch, DataSource::VISION, partial);
  EXPECT_THAT(missing_of(got), ElementsAre(HasSubstr(text_of(kNoonHole) + " unavailable")));
  EXPECT_TRUE(holes(desk, Origin::monthly).empty());
  EXPECT_FALSE(answered(desk, Origin::monthly).touches(kNoonHole));
  EXPECT_THROW((void)desk.get(kTenth, DataSource::CACHE), OfflineMiss);

  desk.archive->put(Granularity::daily, "2024-03-10");
  EXPECT_EQ(desk.get(kMarch, DataSource::VISION).rows.size(), 744U) << "and it is asked at the next request";
}

TEST(HolesOfAMonthlyFile, AreFilledByADailyFileThatIsWhole) {
  Desk desk{kHour, "2026-01-01"};
  desk.archive->put(Granularity::monthly, "2024-03", 1, {{at("2024-03-07T12:00:00"), kMarch.end}});
  desk.archive->put_days("2024-03-01", "2024-04-01");
  const Got got = desk.get(kMarch);
  EXPECT_TRUE(same(got.rows, candles_in(kMarch, kHour)));
  EXPECT_THAT(gaps_of(got), IsEmpty());
  EXPECT_TRUE(same(desk.get(kMarch, DataSource::CACHE).rows, got.rows));
}

// What of a daily file is kept beside a monthly one.

TEST(ADailyFileBesideAMonthlyOne, IsKeptOnlyForWhatItTellsBeyond) {
  Desk desk{kHour, "2026-01-01"};
  desk.archive->put(Granularity::monthly, "2024-03", 1, {kNoonHole});
  desk.archive->put(Granularity::daily, "2024-03-10");
  EXPECT_TRUE(same(desk.get(kMarch, DataSource::VISION).rows, candles_in(kMarch, kHour)));
  EXPECT_EQ(answered(desk, Origin::daily), RangeSet{kNoonHole});
  EXPECT_EQ(answered(desk, Origin::monthly), RangeSet{kMarch}.minus(RangeSet{kNoonHole}));
  EXPECT_EQ(desk.coverage("202403").files.size(), 2U) << "both were used";
  EXPECT_TRUE(same(desk.get(kMarch, DataSource::CACHE).rows, candles_in(kMarch, kHour)));
}

TEST(ADailyFileBesideAMonthlyOne, IsKeptWholeWhereARowDiffers) {
  Desk desk{kHour, "2026-01-01"};
  desk.archive->put(Granularity::monthly, "2024-03", 1, {kNoonHole});
  Candles& rows = desk.archive->put(Granularity::daily, "2024-03-10").candles;
  rows.close[3] += 1;
  const Candles day = rows;
  const Got got = desk.get(kMarch, DataSource::VISION);
  EXPECT_THAT(texts_of(got.report.conflicts), ElementsAre("2024-03-10T03:00:00Z"));
  EXPECT_EQ(answered(desk, Origin::daily), RangeSet{kTenth});
  EXPECT_FALSE(answered(desk, Origin::monthly).contains(at("2024-03-10T03:00:00")));
  EXPECT_TRUE(same(desk.get(kTenth, DataSource::CACHE).rows, day)) << "the daily file's row counts";
}

TEST(ADailyFileBesideAMonthlyOne, IsKeptWholeWhereItHasARowBesideTheGrid) {
  Desk desk{kHour, "2026-01-01"};
  const Timestamp odd = at("2024-03-10T04:58:14.789");
  desk.archive->put(Granularity::monthly, "2024-03", 1, {kNoonHole});
  Candles with_odd;
  Candles& rows = desk.archive->put(Granularity::daily, "2024-03-10").candles;
  with_odd.append(rows, 0, 5);
  push(with_odd, odd, kHour);
  with_odd.append(rows, 5, rows.size());
  rows = with_odd;
  const Got got = desk.get(kMarch, DataSource::VISION);
  EXPECT_EQ(got.report.off_grid, std::vector{odd});
  EXPECT_EQ(answered(desk, Origin::daily), RangeSet{kTenth});
  const auto keep = [](Request& request) { request.options.keep_off_grid = true; };
  EXPECT_TRUE(same(desk.get(kTenth, DataSource::CACHE, keep).rows, with_odd));
}

TEST(ADailyFileBesideAMonthlyOne, IsKeptWholeWhereItLacksARowOfTheMonth) {
  for (const TimeRange& lacking :
       {range("2024-03-10", "2024-03-10T01:00:00"), range("2024-03-10T03:00:00", "2024-03-10T04:00:00"),
        range("2024-03-10T23:00:00", "2024-03-11")}) {
    Desk desk{kHour, "2026-01-01"};
    desk.archive->put(Granularity::monthly, "2024-03", 1, {kNoonHole});
    desk.archive->put(Granularity::daily, "2024-03-10", 1, {lacking});
    EXPECT_TRUE(same(desk.get(kMarch, DataSource::VISION).rows, candles_in(kMarch, kHour)));
    EXPECT_EQ(answered(desk, Origin::daily), RangeSet{kTenth});
    EXPECT_EQ(holes(desk, Origin::daily), RangeSet{lacking});
  }
}

// The first and the last candle.

TEST(FirstCandleFact, OfACandleBeforeItIsForgottenAtOnce) {
  Desk desk{kHour, "2026-01-01"};
  desk.rest_has(candles_in(range("2024-03-15", "2024-05-01"), kHour));
  (void)desk.get(range("2024-01-01", "2024-03-20"), DataSource::REST);
  ASSERT_TRUE(desk.facts().before_first);
  EXPECT_EQ(desk.facts().before_first->range, (TimeRange{Timestamp{}, at("2024-03-15")}));
  EXPECT_EQ(desk.facts().before_first->asked_at, desk.now);
  EXPECT_FALSE(desk.facts().before_first->weak);

  desk.archive->put(Granularity::daily, "2024-03-10");
  EXPECT_EQ(desk.get(kTenth, DataSource::VISION).rows.size(), 24U);
  EXPECT_EQ(desk.facts().before_first, std::nullopt);
}

TEST(FirstCandleFact, IsAskedAgainAfterSevenDaysByARequestThatLiesBeforeIt) {
  Desk desk{kHour, "2026-01-01"};
  const TimeRange early = range("2024-03-01", "2024-03-20");
  desk.rest_has(candles_in(range("2024-03-15", "2024-05-01"), kHour));
  (void)desk.get(early, DataSource::REST);
  desk.rest_has(candles_in(range("2024-03-05", "2024-05-01"), kHour));
  desk.now += days{7} - std::chrono::seconds{1};
  EXPECT_EQ(desk.get(early, DataSource::REST).rows.size(), 5U * 24);
  EXPECT_THAT(desk.asked(), IsEmpty());
  desk.now += std::chrono::seconds{1};
  EXPECT_EQ(desk.get(range("2024-03-16", "2024-03-20"), DataSource::REST).rows.size(), 4U * 24);
  EXPECT_THAT(desk.asked(), IsEmpty()) << "a request that lies after it asks nothing";
  EXPECT_EQ(desk.get(early, DataSource::REST).rows.size(), 15U * 24);
  EXPECT_THAT(desk.asked(), Contains("first candle"));
  EXPECT_EQ(desk.facts().before_first->range.end, at("2024-03-05"));
}

TEST(FirstCandleFact, OfOneHostAloneIsAskedAgainAfterAnHour) {
  Desk desk{kHour, "2026-01-01"};
  const TimeRange early = range("2024-03-01", "2024-03-20");
  desk.rest_has(candles_in(range("2024-03-15", "2024-05-01"), kHour));
  desk.rest->has_another_host = false;
  (void)desk.get(early, DataSource::REST);
  EXPECT_TRUE(desk.facts().before_first->weak);
  (void)desk.asked();
  desk.now += hours{1};
  (void)desk.get(early, DataSource::REST);
  EXPECT_THAT(desk.asked(), ElementsAre("first candle"));
}

TEST(FirstCandleFact, StandsAndIsToldWhereItCannotBeAskedAgain) {
  Desk desk{kHour, "2026-01-01"};
  const TimeRange early = range("2024-03-01", "2024-03-20");
  desk.rest_has(candles_in(range("2024-03-15", "2024-05-01"), kHour));
  const Got before = desk.get(early, DataSource::REST);
  const auto fact = desk.facts().before_first;
  desk.now += days{8};
  desk.rest->instead_of_all = [](const planner::Step&) { return sources::failed_with(Cause::unavailable, 503); };
  EXPECT_EQ(gaps_of(desk.get(early, DataSource::REST)), gaps_of(before));
  EXPECT_EQ(desk.facts().before_first, fact) << "as old as it was";
}

TEST(LastCandleFact, OfACandleAfterItIsForgottenAtOnce) {
  Desk desk{kHour, "2026-01-01"};
  desk.rest_has(candles_in(range("2024-02-01", "2024-03-05"), kHour));
  (void)desk.get(kMarch, DataSource::REST);
  ASSERT_TRUE(desk.facts().after_last);
  EXPECT_EQ(desk.facts().after_last->range.begin, at("2024-03-05"));

  desk.archive->put(Granularity::daily, "2024-03-10");
  EXPECT_EQ(desk.get(kTenth, DataSource::VISION).rows.size(), 24U);
  EXPECT_EQ(desk.facts().after_last, std::nullopt);
}

TEST(LastCandleFact, TakesNoPartitionAndOneQuestion) {
  Desk desk{kHour, "2026-01-01"};
  desk.rest_has(candles_in(range("2024-02-01", "2024-03-05"), kHour));
  const Got got = desk.get(range("2024-02-01", "2025-12-01"), DataSource::REST);
  EXPECT_THAT(desk.asked().size(), testing::Le(4U));
  EXPECT_THAT(gaps_of(got), ElementsAre("2024-03-05T00:00:00Z .. 2025-12-01T00:00:00Z absent_in_rest"));
  EXPECT_FALSE(std::filesystem::exists(desk.partition("202405")));
  EXPECT_EQ(gaps_of(desk.get(range("2024-02-01", "2025-12-01"), DataSource::CACHE)), gaps_of(got));
}

// A listing that contradicts the cache.

TEST(AnEmptyListing, OfASeriesWithCachedFilesIsAFailureAndKeepsNothing) {
  Desk desk{kHour, "2026-01-01"};
  desk.archive->put(Granularity::monthly, "2024-03");
  (void)desk.get(kMarch);
  const store::SeriesFacts facts = desk.facts();
  desk.archive->lists_nothing = true;
  desk.rest->knows_the_symbol = false;
  const TimeRange elsewhere = range("2025-06-01", "2025-06-20");
  for (const DataSource source : {DataSource::AUTO, DataSource::VISION}) {
    EXPECT_THROW((void)desk.get(elsewhere, source), SourceUnavailable);
    const Got got = desk.get(elsewhere, source, partial);
    EXPECT_THAT(missing_of(got), ElementsAre(HasSubstr("it contradicts itself")));
    EXPECT_THAT(gaps_of(got), IsEmpty());
  }
  EXPECT_FALSE(std::filesystem::exists(desk.partition("202506")));
  EXPECT_EQ(desk.facts(), facts);
  EXPECT_THROW((void)desk.get(elsewhere, DataSource::CACHE), OfflineMiss);
  EXPECT_TRUE(same(desk.get(kMarch, DataSource::CACHE).rows, candles_in(kMarch, kHour)));
}

TEST(AnEmptyListing, OfASeriesOfWhichNothingIsCachedMakesItUnknown) {
  Desk desk{kHour, "2026-01-01"};
  desk.archive->lists_nothing = true;
  desk.rest->knows_the_symbol = false;
  EXPECT_THROW((void)desk.get(kMarch), UnknownSymbol);
  EXPECT_FALSE(std::filesystem::exists(desk.partition("202403")));
}

// What REST said once, and a refresh asks again.

TEST(HolesOfRest, AreAskedAgainByARefreshAlsoWhereTheArchiveHasRows) {
  Desk desk{kHour, "2026-01-01"};
  Candles rows = candles_in({kTenth.begin, kNoonHole.begin}, kHour);
  const Candles after = candles_in({kNoonHole.end, kTenth.end}, kHour);
  rows.append(after, 0, after.size());
  desk.rest_has(rows);
  desk.archive->put(Granularity::daily, "2024-03-10");
  EXPECT_EQ(desk.get(kTenth, DataSource::REST).rows.size(), 22U);
  EXPECT_EQ(desk.get(kTenth, DataSource::VISION).rows.size(), 24U);
  const WorthAsking worth = worth_asking_again(desk.coverage("202403"), kHour, {.source = DataSource::AUTO}, desk.now);
  EXPECT_EQ(worth.gaps, RangeSet{kNoonHole});

  desk.rest_has(candles_in(kTenth, kHour));
  const Got got = desk.get(kNoonHole, DataSource::REST, [](Request& request) { request.refetch = Refetch::gaps; });
  EXPECT_EQ(got.rows.size(), 2U);
  EXPECT_TRUE(holes(desk, Origin::rest).empty());
  (void)desk.asked();
  EXPECT_EQ(desk.get(kTenth, DataSource::REST).rows.size(), 24U);
  EXPECT_THAT(desk.asked(), IsEmpty());
}

// Holes of files.

TEST(HolesOfADailyFile, AreAskedAgainOfAFileThatWasMadeAnew) {
  Desk desk{kHour, "2024-03-13T12:00:00"};
  desk.archive->put(Granularity::daily, "2024-03-10", 1, {kNoonHole});
  EXPECT_EQ(desk.get(kTenth, DataSource::VISION).rows.size(), 22U);
  (void)desk.asked();
  desk.now += days{6};
  EXPECT_EQ(desk.get(kTenth, DataSource::VISION).rows.size(), 22U);
  EXPECT_THAT(desk.asked(), IsEmpty());
  desk.now += days{1};
  EXPECT_EQ(desk.get(kTenth, DataSource::VISION).rows.size(), 22U);
  EXPECT_THAT(desk.asked(), ElementsAre("list daily after 2024-03-09")) << "it is the same file";
  EXPECT_EQ(desk.coverage("202403").holes.at(0).asked_at, desk.now);
  desk.now += days{7};
  desk.archive->put(Granularity::daily, "2024-03-10");
  EXPECT_TRUE(same(desk.get(kTenth, DataSource::VISION).rows, candles_in(kTenth, kHour)));
  EXPECT_THAT(desk.asked(), ElementsAre("list daily after 2024-03-09", "daily 2024-03-10"));
  EXPECT_TRUE(holes(desk, Origin::daily).empty());
}

}  // namespace
}  // namespace klinekeep::manager
