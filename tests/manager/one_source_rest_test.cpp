// The fetch loop at REST.
#include <arrow/table.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/times.hpp"
#include "frame/table.hpp"
#include "manager/one_source.hpp"
#include "sources/fake_sources.hpp"

namespace klinekeep::sources {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr Interval kHour = Interval::HOUR_1;
const Timestamp kNow = at("2026-01-01");
const TimeRange kDay = range("2024-03-15", "2024-03-16");
const TimeRange kQuarter = range("2024-01-01", "2024-04-01");  // 2,184 hours: three pages

FetchResult fetched(FakeRunner& rest, const TimeRange& range, const GetOptions& options = {}, Interval interval = kHour,
                    MarketType market = MarketType::SPOT) {
  return manager::fetch_from_one({market, Symbol{"BTCUSDT"}, interval}, range, DataSource::REST, borrowed(rest),
                                 rest.clock,
                                 /*parallel=*/2, options);
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

TEST(FetchFromRest, AsksOnePageForADay) {
  FakeRest rest{kHour, kNow, candles_in(kQuarter, kHour)};
  const FetchResult result = fetched(rest, kDay);
  EXPECT_THAT(rest.asked(), ElementsAre("page 2024-03-15T00:00:00Z .. 2024-03-16T00:00:00Z limit 24"));
  EXPECT_TRUE(same(frame::to_candles(*result.table), candles_in(kDay, kHour)));
  EXPECT_EQ(result.report.rows_by_source.at("rest"), 24);
  EXPECT_THAT(result.report.gaps, IsEmpty());
}

TEST(FetchFromRest, AsksTheRestAgainWhenAPageIsFull) {
  // A row off the grid takes a place in the page, so that the last hour finds none.
  Candles rows = candles_at(
      {at("2024-03-15"), at("2024-03-15T00:59:00"), at("2024-03-15T01:00:00"), at("2024-03-15T02:00:00")}, kHour);
  FakeRest rest{kHour, kNow, rows};
  const FetchResult result = fetched(rest, range("2024-03-15", "2024-03-15T03:00:00"));
  ASSERT_EQ(rest.asked().size(), 2U);
  EXPECT_EQ(rest.asked()[0], "page 2024-03-15T00:00:00Z .. 2024-03-15T03:00:00Z limit 3");
  EXPECT_TRUE(rest.asked()[1].starts_with("page 2024-03-15T02:00:00Z .. 2024-03-15T03:00:00Z")) << rest.asked()[1];
  EXPECT_EQ(result.table->num_rows(), 3);
  EXPECT_EQ(texts_of(result.report.off_grid), std::vector<std::string>{"2024-03-15T00:59:00Z"});
  EXPECT_THAT(result.report.gaps, IsEmpty());
}

TEST(FetchFromRest, AsksTheFirstPageAloneAndThenTheOthers) {
  FakeRest rest{kHour, kNow, candles_in(kQuarter, kHour)};
  EXPECT_EQ(fetched(rest, kQuarter).table->num_rows(), 2184);
  EXPECT_EQ(rest.asked().size(), 3U);
  EXPECT_EQ(rest.asked()[0], "page 2024-01-01T00:00:00Z .. 2024-02-11T16:00:00Z limit 1000");
}

TEST(FetchFromRest, AsksSinceWhenThereIsAnythingWhenTheFirstPageIsEmpty) {
  const TimeRange years = range("2020-01-01", "2024-04-01");
  FakeRest rest{kHour, kNow, candles_in(kQuarter, kHour)};
  const FetchResult result = fetched(rest, years);
  ASSERT_EQ(rest.asked().size(), 5U);
  EXPECT_TRUE(rest.asked()[0].starts_with("page 2020-01-01T00:00:00Z"));
  EXPECT_EQ(rest.asked()[1], "first candle");
  EXPECT_TRUE(rest.asked()[2].starts_with("page 2024-01-01T00:00:00Z")) << rest.asked()[2];
  EXPECT_EQ(result.table->num_rows(), 2184);
  EXPECT_THAT(gaps_of(result), ElementsAre("2020-01-01T00:00:00Z .. 2024-01-01T00:00:00Z before_listing"));
}

TEST(FetchFromRest, AsksNoMoreOfASymbolThatIsUnknown) {
  FakeRest rest{kHour, kNow, {}};
  rest.knows_the_symbol = false;
  try {
    fetched(rest, kQuarter, partial());
    FAIL() << "nothing was thrown";
  } catch (const UnknownSymbol& error) {
    EXPECT_EQ(error.exit_code(), 7);
    EXPECT_EQ(error.asked().range, kQuarter);
  }
  EXPECT_EQ(rest.asked().size(), 1U);
}

TEST(FetchFromRest, TellsAHoleAsAGap) {
  Candles rows = candles_in(range("2024-03-15", "2024-03-15T05:00:00"), kHour);
  const Candles rest_of_day = candles_in(range("2024-03-15T08:00:00", "2024-03-16"), kHour);
  rows.append(rest_of_day, 0, rest_of_day.size());
  FakeRest rest{kHour, kNow, rows};
  EXPECT_THAT(gaps_of(fetched(rest, kDay)), ElementsAre("2024-03-15T05:00:00Z .. 2024-03-15T08:00:00Z absent_in_rest"));
}

TEST(FetchFromRest, CallsAHoleOfTheLastQuarterOfAnHourNotYet) {
  constexpr Interval kMinute = Interval::MINUTE_1;
  const Timestamp now = at("2024-03-15T12:00:00.5");
  FakeRest rest{kMinute, now, candles_in(range("2024-03-15", "2024-03-15T11:40:00"), kMinute)};
  const FetchResult result = fetched(rest, range("2024-03-15T11:00:00", "2024-03-15T12:00:00"), {}, kMinute);
  EXPECT_EQ(result.table->num_rows(), 40);
  EXPECT_THAT(gaps_of(result), ElementsAre("2024-03-15T11:40:00Z .. 2024-03-15T11:45:00Z absent_in_rest",
                                           "2024-03-15T11:45:00Z .. 2024-03-15T12:00:00Z not_yet"));
  EXPECT_THAT(result.report.missing, IsEmpty());
}

TEST(FetchFromRest, LeavesOutTheFormingCandleUnlessItIsWanted) {
  const Timestamp now = at("2024-03-15T12:30:00");
  const TimeRange window = range("2024-03-15T10:00:00", "2024-03-15T12:00:00.001");
  const Candles rows = candles_in(kDay, kHour);
  FakeRest closed_only{kHour, now, rows};
  const FetchResult closed = fetched(closed_only, window);
  EXPECT_EQ(closed.table->num_rows(), 2);
  EXPECT_THAT(closed.report.gaps, IsEmpty());
  GetOptions open_too;
  open_too.include_open = true;
  FakeRest with_open{kHour, now, rows, /*include_open=*/true};
  EXPECT_EQ(fetched(with_open, window, open_too).table->num_rows(), 3);
}

TEST(FetchFromRest, ThrowsOrReturnsWhatThereIsAsTheCallerWishes) {
  const auto second_page_fails = [](const planner::RestPage& page) -> std::optional<StepResult> {
    if (page.window.contains(at("2024-02-20"))) return failed_with(Cause::rate_limited, 429);
    return std::nullopt;
  };
  FakeRest throwing{kHour, kNow, candles_in(kQuarter, kHour)};
  throwing.instead = second_page_fails;
  try {
    fetched(throwing, kQuarter);
    FAIL() << "nothing was thrown";
  } catch (const RateLimited& error) {
    EXPECT_EQ(error.failure()->status, 429);
    ASSERT_EQ(error.missing().size(), 1U);
    EXPECT_EQ(text_of(error.missing()[0].range), "2024-02-11T16:00:00Z .. 2024-03-24T08:00:00Z");
  }
  FakeRest giving{kHour, kNow, candles_in(kQuarter, kHour)};
  giving.instead = second_page_fails;
  const FetchResult result = fetched(giving, kQuarter, partial());
  EXPECT_EQ(result.table->num_rows(), 1184);
  ASSERT_EQ(result.report.missing.size(), 1U);
  EXPECT_EQ(result.report.missing[0].detail, "HTTP 429");
  EXPECT_THAT(result.report.gaps, IsEmpty());  // what is missing is no gap
}

TEST(FetchFromRest, ThrowsPlainlyWhenCausesAreMixed) {
  FakeRest rest{kHour, kNow, candles_in(kQuarter, kHour)};
  rest.instead = [](const planner::RestPage& page) -> std::optional<StepResult> {
    if (page.window.contains(at("2024-01-02"))) return failed_with(Cause::unavailable, 503);
    return answered(planner::Distrusted{false, "row 3 is rubbish", {}});
  };
  try {
    fetched(rest, kQuarter);
    FAIL() << "nothing was thrown";
  } catch (const IncompleteData& error) {
    EXPECT_EQ(error.exit_code(), 3);
    EXPECT_EQ(error.missing().size(), 2U);  // two pages with one cause are one range
  }
}

TEST(FetchFromRest, ReturnsWhatHadClosedByTheTimeOfTheAnswerThatBroughtIt) {
  constexpr Interval kSecond = Interval::SECOND_1;
  const TimeRange window = range("2024-03-15T12:00:00", "2024-03-15T12:01:00");
  FakeRest rest{kSecond, at("2024-03-15T12:00:30.5"), candles_in(window, kSecond)};
  rest.on_step = [&](const planner::Step&) { rest.clock += std::chrono::seconds{1}; };  // it is asked a second later
  const FetchResult result = fetched(rest, window, {}, kSecond);
  EXPECT_EQ(result.table->num_rows(), 31);
  EXPECT_THAT(result.report.gaps, IsEmpty());
  EXPECT_THAT(result.report.missing, IsEmpty());
}

TEST(FetchFromRest, OfAPageWhoseBodyTakesItsTimeReturnsNoCandleThatWasFormingWhenItWasMade) {
  constexpr Interval kMinute = Interval::MINUTE_1;
  const TimeRange window = range("2024-03-15T11:50:00", "2024-03-15T12:00:00");
  FakeRest rest{kMinute, at("2024-03-15T12:00:04"), candles_in(window, kMinute)};
  rest.exchange_ahead = -std::chrono::seconds{6};  // when it was made: 11:59:58
  rest.until_heard = std::chrono::seconds{2};
  const FetchResult result = fetched(rest, window, {}, kMinute);
  EXPECT_EQ(result.table->num_rows(), 9);
  EXPECT_THAT(gaps_of(result), ElementsAre("2024-03-15T11:59:00Z .. 2024-03-15T12:00:00Z not_yet"));
}

TEST(FetchFromRest, AsksCoinMForAtMostTwoHundredDays) {
  constexpr Interval kDay1 = Interval::DAY_1;
  const TimeRange two_years = range("2022-01-01", "2024-01-01");
  FakeRest rest{kDay1, kNow, candles_in(two_years, kDay1)};
  EXPECT_EQ(fetched(rest, two_years, {}, kDay1, MarketType::FUTURES_COIN).table->num_rows(), 730);
  for (const planner::Step& step : rest.steps()) {
    const auto& page = std::get<planner::RestPage>(step.action);
    EXPECT_LE(page.window.end - page.window.begin, std::chrono::days{200});
  }
}

TEST(FetchFromRest, AsksNothingOfATimeBeforeTheEpoch) {
  FakeRest rest{kHour, kNow, candles_in(range("1970-01-01", "1970-01-03"), kHour)};
  const FetchResult result = fetched(rest, range("1969-12-30", "1970-01-02"));
  EXPECT_THAT(rest.asked(), ElementsAre("page 1970-01-01T00:00:00Z .. 1970-01-02T00:00:00Z limit 24"));
  EXPECT_EQ(result.table->num_rows(), 24);
  EXPECT_THAT(gaps_of(result), ElementsAre("1969-12-30T00:00:00Z .. 1970-01-01T00:00:00Z before_listing"));
}

}  // namespace
}  // namespace klinekeep::sources
