// The fetch loop at the archive.
#include <arrow/table.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/times.hpp"
#include "frame/table.hpp"
#include "manager/one_source.hpp"
#include "sources/fake_sources.hpp"

namespace klinekeep::sources {
namespace {

using planner::Granularity;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Interval kHour = Interval::HOUR_1;
const Timestamp kNow = at("2026-01-01");
const TimeRange kDay = range("2024-03-15", "2024-03-16");
const TimeRange kMarch = range("2024-03-01", "2024-04-01");

FetchResult fetched(FakeArchive& archive, const TimeRange& range, const GetOptions& options = {},
                    Interval interval = kHour) {
  const Series series{MarketType::SPOT, Symbol{"BTCUSDT"}, interval};
  return manager::fetch_from_one(series, range, DataSource::VISION, borrowed(archive), archive.clock, /*parallel=*/2,
                                 options);
}

GetOptions partial() {
  GetOptions options;
  options.partial = true;
  return options;
}

std::vector<std::string> gaps_of(const FetchResult& result) {
  std::vector<std::string> texts;
  for (const Gap& gap : result.report.gaps) texts.push_back(text_of(gap.range) + ' ' + std::string{gap.reason});
  return texts;
}

std::vector<std::string> missing_of(const FetchResult& result) {
  std::vector<std::string> texts;
  for (const MissingRange& m : result.report.missing)
    texts.push_back(text_of(m.range) + ' ' + std::string{name(m.cause)});
  return texts;
}

TEST(FetchFromArchive, TakesADayFromItsDailyFile) {
  FakeArchive archive{kHour, kNow};
  archive.put(Granularity::daily, "2024-03-15");
  const FetchResult result = fetched(archive, kDay);
  EXPECT_THAT(archive.asked(), ElementsAre("daily 2024-03-15"));
  EXPECT_TRUE(same(frame::to_candles(*result.table), candles_in(kDay, kHour)));
  EXPECT_EQ(result.report.rows, 24);
  EXPECT_EQ(result.report.rows_by_source.at("vision"), 24);
  EXPECT_EQ(result.report.parts_by_trust.at("verified"), 1);
  EXPECT_EQ(result.report.requests, 1);
  EXPECT_THAT(result.report.gaps, IsEmpty());
  EXPECT_THAT(result.report.missing, IsEmpty());
}

TEST(FetchFromArchive, AnswersNoMoreThanWasAsked) {
  FakeArchive archive{kHour, kNow};
  archive.put(Granularity::daily, "2024-03-15");
  const TimeRange some = range("2024-03-15T09:30:00", "2024-03-15T12:00:00.000001");
  const FetchResult result = fetched(archive, some);
  EXPECT_EQ(opens_of(frame::to_candles(*result.table)),
            (std::vector{at("2024-03-15T10:00:00"), at("2024-03-15T11:00:00"), at("2024-03-15T12:00:00")}));
}

TEST(FetchFromArchive, TakesAMonthFromItsMonthlyFile) {
  FakeArchive archive{kHour, kNow};
  archive.put(Granularity::monthly, "2024-03");
  EXPECT_EQ(fetched(archive, kMarch).table->num_rows(), 744);
  EXPECT_THAT(archive.asked(), ElementsAre("monthly 2024-03"));
}

TEST(FetchFromArchive, AsksAMonthAndThenTheListingsForADayThatIsNotThere) {
  FakeArchive archive{kHour, kNow};
  archive.put(Granularity::monthly, "2024-01");
  archive.put(Granularity::daily, "2024-03-14");
  try {
    fetched(archive, kDay);
    FAIL() << "nothing was thrown";
  } catch (const IncompleteData& error) {
    EXPECT_EQ(error.exit_code(), 3);
    ASSERT_EQ(error.missing().size(), 1U);
    EXPECT_EQ(error.missing()[0].range, kDay);
    EXPECT_EQ(error.missing()[0].cause, Cause::not_published);
    EXPECT_EQ(error.asked()->range, kDay);
  }
  ASSERT_GE(archive.asked().size(), 3U);
  EXPECT_EQ(archive.asked()[0], "daily 2024-03-15");
  EXPECT_EQ(archive.asked()[1], "monthly 2024-03");
  EXPECT_EQ(archive.asked()[2], "list monthly");
}

TEST(FetchFromArchive, TakesFromTheMonthWhatTheDayDoesNotHave) {
  FakeArchive archive{kHour, kNow};
  archive.put(Granularity::monthly, "2024-03");
  EXPECT_EQ(fetched(archive, kDay).table->num_rows(), 24);
  EXPECT_THAT(archive.asked(), ElementsAre("daily 2024-03-15", "monthly 2024-03"));
}

TEST(FetchFromArchive, TellsWhatLiesBeforeTheFirstFileAsAGap) {
  FakeArchive archive{kHour, kNow};
  archive.put(Granularity::monthly, "2024-06");
  archive.put_days("2024-06-01", "2024-06-04");
  const FetchResult result = fetched(archive, kDay);
  EXPECT_EQ(result.table->num_rows(), 0);
  EXPECT_TRUE(result.table->schema()->Equals(*frame::arrow_schema()));
  EXPECT_THAT(gaps_of(result), ElementsAre("2024-03-15T00:00:00Z .. 2024-03-16T00:00:00Z before_listing"));
  EXPECT_THAT(result.report.missing, IsEmpty());
}

TEST(FetchFromArchive, DoesNotKnowASeriesOfWhichNothingIsListed) {
  FakeArchive archive{kHour, kNow};
  try {
    fetched(archive, kDay, partial());
    FAIL() << "nothing was thrown";
  } catch (const UnknownSymbol& error) {
    EXPECT_EQ(error.exit_code(), 7);
    EXPECT_EQ(error.asked().symbol, Symbol{"BTCUSDT"});
  }
}

TEST(FetchFromArchive, DoesNotCallASeriesUnknownWhenTheListingFails) {
  FakeArchive archive{kHour, kNow};
  archive.listing_fails = {Granularity::daily, Granularity::monthly};
  EXPECT_THAT(missing_of(fetched(archive, kDay, partial())),
              ElementsAre("2024-03-15T00:00:00Z .. 2024-03-16T00:00:00Z not_published"));
}

TEST(FetchFromArchive, AsksTheDailyFileForADayThatAMonthLacks) {
  FakeArchive archive{kHour, kNow};
  archive.put(Granularity::monthly, "2024-03", 1, {range("2024-03-10", "2024-03-11")});
  archive.put(Granularity::daily, "2024-03-10", 2);
  const FetchResult result = fetched(archive, kMarch);
  EXPECT_THAT(archive.asked(), ElementsAre("monthly 2024-03", "daily 2024-03-10"));
  EXPECT_EQ(result.table->num_rows(), 744);
  EXPECT_THAT(result.report.gaps, IsEmpty());
  EXPECT_THAT(result.report.conflicts, IsEmpty());
}

TEST(FetchFromArchive, LeavesAMonthsWordStandingWhenTheDayIsNotThere) {
  FakeArchive archive{kHour, kNow};
  archive.put(Granularity::monthly, "2024-03", 1, {range("2024-03-10", "2024-03-11")});
  const FetchResult result = fetched(archive, kMarch);
  EXPECT_THAT(archive.asked(), ElementsAre("monthly 2024-03", "daily 2024-03-10"));
  EXPECT_EQ(result.table->num_rows(), 720);
  EXPECT_THAT(gaps_of(result), ElementsAre("2024-03-10T00:00:00Z .. 2024-03-11T00:00:00Z absent_in_archive"));
  EXPECT_THAT(result.report.missing, IsEmpty());
}

TEST(FetchFromArchive, TellsAHoleInAFileAsAGapAndAsksNoMore) {
  FakeArchive archive{kHour, kNow};
  archive.put(Granularity::daily, "2024-03-15", 1, {range("2024-03-15T03:00:00", "2024-03-15T05:00:00")});
  const FetchResult result = fetched(archive, kDay);
  EXPECT_THAT(archive.asked(), ElementsAre("daily 2024-03-15"));
  EXPECT_THAT(gaps_of(result), ElementsAre("2024-03-15T03:00:00Z .. 2024-03-15T05:00:00Z absent_in_archive"));
}

TEST(FetchFromArchive, AsksTheDaysOfAMonthThatIsNotToBeBelieved) {
  FakeArchive archive{kHour, kNow};
  archive.put(Granularity::monthly, "2024-03", 666).proven = false;
  archive.put_days("2024-03-01", "2024-04-01", 2);
  const FetchResult result = fetched(archive, kMarch);
  EXPECT_TRUE(same(frame::to_candles(*result.table), candles_in(kMarch, kHour, 2)));
  ASSERT_EQ(archive.asked().size(), 33U);
  EXPECT_EQ(archive.asked()[0], "monthly 2024-03");
  EXPECT_EQ(archive.asked()[1], "list daily after 2024-02-29");
  EXPECT_EQ(result.report.parts_by_trust.at("verified"), 31);
}

TEST(FetchFromArchive, TakesUnverifiedBytesOnlyWhenTheyAreAccepted) {
  FakeArchive archive{kHour, kNow};
  archive.put(Granularity::daily, "2024-03-15").proven = false;
  EXPECT_THROW(fetched(archive, kDay), IntegrityError);
  for (const std::string& step : archive.asked()) EXPECT_EQ(step.find("unverified"), std::string::npos) << step;

  GetOptions accepting;
  accepting.accept_unverified = true;
  FakeArchive again{kHour, kNow};
  again.put(Granularity::daily, "2024-03-15").proven = false;
  const FetchResult result = fetched(again, kDay, accepting);
  EXPECT_EQ(result.table->num_rows(), 24);
  EXPECT_EQ(result.report.parts_by_trust.at("unverified"), 1);
  EXPECT_EQ(again.asked().back(), "daily 2024-03-15 unverified");  // after all else
  EXPECT_GE(again.asked().size(), 3U);
}

TEST(FetchFromArchive, PrefersVerifiedBytesToUnverifiedOnes) {
  FakeArchive archive{kHour, kNow};
  archive.put(Granularity::daily, "2024-03-15", 666).proven = false;
  archive.put(Granularity::monthly, "2024-03", 2);
  GetOptions accepting;
  accepting.accept_unverified = true;
  const FetchResult result = fetched(archive, kDay, accepting);
  EXPECT_TRUE(same(frame::to_candles(*result.table), candles_in(kDay, kHour, 2)));
  EXPECT_EQ(result.report.parts_by_trust.at("unverified"), 0);
}

TEST(FetchFromArchive, NeverTakesWhatCannotBeRead) {
  FakeArchive archive{kHour, kNow};
  FakeArchive::File& file = archive.put(Granularity::daily, "2024-03-15");
  file.proven = file.readable = false;
  GetOptions accepting;
  accepting.accept_unverified = true;
  EXPECT_THROW(fetched(archive, kDay, accepting), IntegrityError);
}

TEST(FetchFromArchive, LetsTheDayWinOverTheMonthAndTellsTheConflict) {
  FakeArchive archive{kHour, kNow};
  // Made at noon of the last day: the rest of that day comes from the daily file, and both have the morning.
  archive.put(Granularity::monthly, "2024-03", 1).last_modified = at("2024-03-31T12:00:00");
  archive.put(Granularity::daily, "2024-03-31", 2);
  const FetchResult result = fetched(archive, kMarch);
  EXPECT_THAT(archive.asked(), ElementsAre("monthly 2024-03", "daily 2024-03-31"));
  Candles expected = candles_in(range("2024-03-01", "2024-03-31"), kHour, 1);
  const Candles last_day = candles_in(range("2024-03-31", "2024-04-01"), kHour, 2);
  expected.append(last_day, 0, last_day.size());
  EXPECT_TRUE(same(frame::to_candles(*result.table), expected));
  ASSERT_EQ(result.report.conflicts.size(), 12U);
  EXPECT_EQ(result.report.conflicts.front(), at("2024-03-31"));
  EXPECT_EQ(result.report.conflicts.back(), at("2024-03-31T11:00:00"));
}

TEST(FetchFromArchive, TellsConflictsOfWhatWasAskedOnly) {
  FakeArchive archive{kHour, kNow};
  FakeArchive::File& file = archive.put(Granularity::daily, "2024-03-15");
  push(file.candles, at("2024-03-15T02:00:00"), kHour, 9);
  push(file.candles, at("2024-03-15T20:00:00"), kHour, 9);
  const FetchResult result = fetched(archive, range("2024-03-15T19:00:00", "2024-03-15T21:00:00"));
  EXPECT_EQ(texts_of(result.report.conflicts), std::vector<std::string>{"2024-03-15T20:00:00Z"});
}

TEST(FetchFromArchive, NamesAPeriodThatIsNotOverAsMissing) {
  FakeArchive archive{kHour, at("2024-03-15T12:00:00")};
  archive.put_days("2024-03-01", "2024-03-15");
  const FetchResult result = fetched(archive, range("2024-03-14T22:00:00", "2024-03-15T02:00:00"), partial());
  EXPECT_THAT(archive.asked(), ElementsAre("daily 2024-03-14"));
  EXPECT_EQ(result.table->num_rows(), 2);
  EXPECT_THAT(missing_of(result), ElementsAre("2024-03-15T00:00:00Z .. 2024-03-15T02:00:00Z not_published"));
}

TEST(FetchFromArchive, ThrowsOrReturnsWhatThereIsAsTheCallerWishes) {
  const auto make = [] {
    auto archive = std::make_unique<FakeArchive>(kHour, kNow);
    archive->put(Granularity::daily, "2024-03-14");
    archive->put(Granularity::daily, "2024-03-15").failure = Cause::unavailable;
    return archive;
  };
  const TimeRange two_days = range("2024-03-14", "2024-03-16");
  auto throwing = make();
  throwing->put(Granularity::monthly, "2024-03").failure = Cause::unavailable;
  try {
    fetched(*throwing, two_days);
    FAIL() << "nothing was thrown";
  } catch (const SourceUnavailable& error) {
    EXPECT_EQ(error.exit_code(), 8);
    ASSERT_TRUE(error.failure());
    EXPECT_EQ(error.failure()->status, 503);
  }
  auto giving = make();
  giving->put(Granularity::monthly, "2024-03").failure = Cause::unavailable;
  const FetchResult result = fetched(*giving, two_days, partial());
  EXPECT_EQ(result.table->num_rows(), 24);
  EXPECT_THAT(missing_of(result), ElementsAre("2024-03-15T00:00:00Z .. 2024-03-16T00:00:00Z unavailable"));
}

TEST(FetchFromArchive, TakesThreeDayCandlesThatOpenedBeforeTheWindowForItsFirstDays) {
  FakeArchive archive{Interval::DAY_3, kNow};
  FakeArchive::File& march = archive.put(Granularity::monthly, "2024-03");
  march.candles = candles_at({at("2024-03-02"), at("2024-03-05"), at("2024-03-11")}, Interval::DAY_3);
  const FetchResult result = fetched(archive, range("2024-03-06", "2024-03-12"), {}, Interval::DAY_3);
  EXPECT_THAT(archive.asked(), ElementsAre("monthly 2024-03"));
  EXPECT_EQ(opens_of(frame::to_candles(*result.table)), (std::vector{at("2024-03-11")}));
  EXPECT_THAT(gaps_of(result), ElementsAre("2024-03-08T00:00:00Z .. 2024-03-11T00:00:00Z absent_in_archive"));
}

TEST(FetchFromArchive, TellsCandlesOffTheGridAndReturnsThemWhenAsked) {
  const Timestamp odd = at("2024-03-15T09:58:14.789");
  FakeArchive archive{kHour, kNow};
  push(archive.put(Granularity::daily, "2024-03-15").candles, odd, kHour);
  const FetchResult dropped = fetched(archive, kDay);
  EXPECT_EQ(dropped.table->num_rows(), 24);
  EXPECT_EQ(dropped.report.off_grid, (std::vector{odd}));
  GetOptions keeping;
  keeping.keep_off_grid = true;
  const FetchResult kept = fetched(archive, kDay, keeping);
  EXPECT_EQ(kept.table->num_rows(), 25);
  EXPECT_EQ(kept.report.off_grid, (std::vector{odd}));
  EXPECT_EQ(kept.report.rows, 25);
}

}  // namespace
}  // namespace klinekeep::sources
