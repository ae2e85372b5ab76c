#include "planner/learn.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "planner/support.hpp"

namespace klinekeep::planner {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

const Wanted kHour = wanted(MarketType::SPOT, Interval::MINUTE_1, "2024-03-15", "2024-03-15T01:00");

Step page(std::string_view begin, std::string_view end, int limit) {
  return {.action = RestPage{range(begin, end), limit},
          .range = range(begin, end),
          .requests = 1,
          .bytes = 0,
          .reason = {}};
}

Step day(std::string_view period) {
  const Timestamp p = at(period);
  return {.action = ArchiveFile{Granularity::daily, p},
          .range = {p, p + std::chrono::days{1}},
          .requests = 2,
          .bytes = 0,
          .reason = {}};
}

std::vector<std::pair<TimeRange, Silence::Kind>> silences(const Ledger& ledger) {
  std::vector<std::pair<TimeRange, Silence::Kind>> list;
  for (const Silence& silence : ledger.silences) list.emplace_back(silence.range, silence.kind);
  return list;
}

TEST(Learn, APageWithFewerRowsThanItsLimitTellsOfItsWholeWindowAndItsEdgesAreSilence) {
  const Ledger l =
      learn({}, kHour, page("2024-03-15", "2024-03-15T01:00", 60),
            rows({range("2024-03-15T00:10", "2024-03-15T00:15"), range("2024-03-15T00:18", "2024-03-15T00:20")},
                 Interval::MINUTE_1));
  EXPECT_EQ(l.rest, (RangeSet{range("2024-03-15T00:10", "2024-03-15T00:20")})) << "between two rows it is proven";
  EXPECT_THAT(silences(l),
              UnorderedElementsAre(std::pair{range("2024-03-15T00:15", "2024-03-15T00:18"), Silence::Kind::between},
                                   std::pair{range("2024-03-15", "2024-03-15T00:10"), Silence::Kind::edge},
                                   std::pair{range("2024-03-15T00:20", "2024-03-15T01:00"), Silence::Kind::edge}));
}

TEST(Learn, AFullPageAnswersOnlyFromItsFirstToItsLastRow) {
  const Ledger l = learn({}, kHour, page("2024-03-15", "2024-03-15T01:00", 10),
                         rows({range("2024-03-15T00:10", "2024-03-15T00:20")}, Interval::MINUTE_1));
  EXPECT_EQ(l.rest, (RangeSet{range("2024-03-15T00:10", "2024-03-15T00:20")}));
}

TEST(Learn, AFullPageWithOffGridRowsIsCrowded) {
  Rows answer = rows({range("2024-03-15", "2024-03-15T00:50")}, Interval::MINUTE_1);
  answer.count = 60;
  answer.off_grid = true;
  const Ledger l = learn({}, kHour, page("2024-03-15", "2024-03-15T01:00", 60), answer);
  EXPECT_TRUE(l.rest_crowded.contains(kHour.slots));
  const Plan next = plan(kHour, kRest, l, kLongAfter);
  ASSERT_EQ(next.steps.size(), 1U);
  EXPECT_EQ(text(next.steps.front()), "page 2024-03-15T00:50 to 2024-03-15T01:00 limit 1000");
}

TEST(Learn, WhatWasNotClosedIsNotAnswered) {
  Rows answer = rows({range("2024-03-15", "2024-03-15T00:30")}, Interval::MINUTE_1);
  answer.times = told_at(at("2024-03-15T00:30") + std::chrono::seconds{20});
  const Ledger l = learn({}, kHour, page("2024-03-15", "2024-03-15T01:00", 1000), answer);
  EXPECT_EQ(l.rest, (RangeSet{range("2024-03-15", "2024-03-15T00:30")}));
}

TEST(Learn, APageWithoutARowIsSilenceAndNoAnswer) {
  const Ledger l = learn({}, kHour, page("2024-03-15", "2024-03-15T01:00", 60), rows({}, Interval::MINUTE_1));
  EXPECT_TRUE(l.rest.empty());
  EXPECT_THAT(silences(l), ElementsAre(std::pair{kHour.slots, Silence::Kind::whole}));
}

TEST(Learn, ARowBeforeTheFirstCandleOrAfterTheLastOneDisprovesIt) {
  Ledger l;
  l.first = NoCandles{{Timestamp{}, at("2024-03-15T00:30")}, at("2026-01-01")};
  l.last = NoCandles{range("2024-03-15T00:40", "2026-01-01"), at("2026-01-01")};
  const Step whole = page("2024-03-15", "2024-03-15T01:00", 1000);
  const Ledger both = learn(l, kHour, whole, rows({kHour.slots}, Interval::MINUTE_1));
  EXPECT_FALSE(both.first.has_value());
  EXPECT_FALSE(both.last.has_value());
  const Ledger none = learn(l, kHour, whole, rows({range("2024-03-15T00:30", "2024-03-15T00:40")}, Interval::MINUTE_1));
  EXPECT_TRUE(none.first.has_value());
  EXPECT_TRUE(none.last.has_value());
}

TEST(Learn, AFailedPageIsNotAskedAgainAndItsCauseIsKept) {
  const Ledger l = learn({}, kHour, page("2024-03-15", "2024-03-15T01:00", 60), Failed{Cause::rate_limited, "429"});
  EXPECT_THAT(plan(kHour, kRest, l, kLongAfter).steps, IsEmpty());
  const auto list = missing(kHour, kRest, l, kLongAfter);
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].cause, Cause::rate_limited);
  EXPECT_EQ(list[0].range, kHour.slots);
}

TEST(Learn, AFileAnswersItsPeriodHolesIncluded) {
  const Ledger l =
      learn({}, kHour, day("2024-03-15"), rows({range("2024-03-15", "2024-03-15T00:30")}, Interval::MINUTE_1));
  EXPECT_TRUE(l.archive.contains(range("2024-03-15", "2024-03-16")));
  EXPECT_THAT(missing(kHour, kVision, l, kLongAfter), IsEmpty());
}

TEST(Learn, AFileAnswersNothingThatClosedAfterItWasMade) {
  Rows answer = rows({range("2024-03-15", "2024-03-15T00:30")}, Interval::MINUTE_1);
  answer.times = told_at(at("2024-03-15T00:30"));
  const Ledger l = learn({}, kHour, day("2024-03-15"), answer);
  const auto list = missing(kHour, kVision, l, kLongAfter);
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].cause, Cause::not_published);
}

TEST(Learn, APairThatCannotBeTeachesNothing) {
  const Ledger l = learn({}, kHour, day("2024-03-15"), unknown());
  EXPECT_FALSE(l.unknown_to_rest);
  EXPECT_TRUE(l.archive.empty());
}

TEST(Learn, AListingTellsOfAllBeyondItsMarker) {
  const Step step{
      .action = List{Granularity::daily, at("2024-03-01")}, .range = {}, .requests = 1, .bytes = 0, .reason = {}};
  const Ledger l = learn({}, kHour, step, Listed{{{at("2024-03-05"), {}, {}}}, false});
  const FileLedger& daily = l.of(Granularity::daily);
  EXPECT_FALSE(daily.listed.contains(at("2024-03-01")));
  EXPECT_TRUE(daily.listed.contains(at("2024-03-02")));
  EXPECT_FALSE(daily.listed.contains(at("2024-03-06"))) << "more may follow";
  EXPECT_FALSE(daily.first_known);
}

TEST(Learn, AListingThatToldNothingIsNotAskedAgain) {
  const Step step{
      .action = List{Granularity::daily, at("2024-03-01")}, .range = {}, .requests = 1, .bytes = 0, .reason = {}};
  EXPECT_TRUE(learn({}, kHour, step, Listed{{}, false}).of(Granularity::daily).listing_failed);
}

}  // namespace
}  // namespace klinekeep::planner
