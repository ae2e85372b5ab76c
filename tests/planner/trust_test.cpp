// How far an answer reaches, what makes an absence, and what is asked again: C12 of the contract, rule by rule.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "planner/told.hpp"

namespace klinekeep::planner {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const Timestamp kNow = Told::kNow;
const Failed kDown{Cause::unavailable, "down"};

Wanted spot(Interval interval, std::string_view begin, std::string_view end) {
  return wanted(MarketType::SPOT, interval, begin, end);
}

Told rest(const Wanted& r, Ledger ledger = {}) { return Told{r, std::move(ledger), kRest}; }

// Section 1: times.

const Wanted kHour = spot(Interval::MINUTE_1, "2024-05-10T08:00", "2024-05-10T09:00");
constexpr std::string_view kPage = "page 2024-05-10T08:00 to 2024-05-10T09:00 limit 60";

/// All the hour's rows, by a head with such a Date, so that the rows are of candles that had not closed.
Rows dated(Timestamp date) {
  Rows answer = rows({kHour.slots}, Interval::MINUTE_1, date);
  answer.have = answer.have.intersect(closed_part(kHour.slots, Interval::MINUTE_1, date));
  answer.times = {.asked_at = kNow, .heard_at = kNow, .as_of = date};
  return answer;
}

Told eight_hours_slow() {
  Told told = rest(kHour);
  told.then(kPage, dated(kNow - hours{8}));
  EXPECT_THAT(told.steps(), SizeIs(1));
  EXPECT_THAT(told.steps().at(0), HasSubstr("again"));
  return told;
}

std::string only_step(const Told& told) { return told.steps().at(0); }

TEST(Times, ADateThatCannotBeRightIsAskedOnceMoreAndTheLaterAnswerCounts) {
  Told told = eight_hours_slow();
  told.then(only_step(told), dated(kNow));
  EXPECT_THAT(told.steps(), IsEmpty());
  EXPECT_THAT(told.missing(), IsEmpty());
  EXPECT_THAT(told.gaps(), IsEmpty());
  EXPECT_THAT(told.remarks(), IsEmpty());
}

TEST(Times, ASecondDateThatAgreesWithinFiveSecondsSaysThatOurClockIsFast) {
  Told told = eight_hours_slow();
  told.then(only_step(told), dated(kNow - hours{8} + seconds{5}));
  EXPECT_THAT(told.steps(), IsEmpty());
  EXPECT_THAT(told.missing(), IsEmpty());
  EXPECT_THAT(told.gaps(), ElementsAre(Gap{kHour.slots, kNotYet}));
  EXPECT_THAT(told.remarks(), ElementsAre(HasSubstr("our clock is 28795 s ahead")));
  EXPECT_THAT(told.absences(), IsEmpty());
}

struct SecondRow {
  const char* what;
  Answer answer;
};

class SecondDate : public testing::TestWithParam<SecondRow> {};

TEST_P(SecondDate, ThatSettlesNothingLeavesItMissingAsItsTimeCannotBeTrusted) {
  Told told = eight_hours_slow();
  told.then(only_step(told), GetParam().answer);
  EXPECT_THAT(told.steps(), IsEmpty());
  ASSERT_THAT(told.missing(), SizeIs(1)) << GetParam().what;
  EXPECT_EQ(told.missing()[0].range, kHour.slots);
  EXPECT_EQ(told.missing()[0].cause, Cause::integrity);
  EXPECT_THAT(told.missing()[0].detail, HasSubstr("its time cannot be trusted"));
  EXPECT_THAT(told.absences(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Answers, SecondDate,
                         testing::Values(SecondRow{"another wrong one", dated(kNow - hours{4})},
                                         SecondRow{"six seconds apart", dated(kNow - hours{8} + seconds{6})},
                                         SecondRow{"it fails", kDown}));

TEST(Times, WhatClosedLessThanAMinuteBeforeByOurClockIsNotYet) {
  const auto r = spot(Interval::MINUTE_1, "2024-05-10T10:00", "2024-05-10T10:30");
  Told told = rest(r);
  Rows answer = rows({range("2024-05-10T10:00", "2024-05-10T10:29")}, Interval::MINUTE_1, kNow - seconds{40});
  answer.times.heard_at = kNow;
  told.then("page 2024-05-10T10:00 to 2024-05-10T10:30 limit 30", answer);
  EXPECT_THAT(told.steps(), IsEmpty());
  EXPECT_THAT(told.gaps(), ElementsAre(Gap{range("2024-05-10T10:29", "2024-05-10T10:30"), kNotYet}));
}

TEST(Times, RowsOfAFileThatWereNotClosedWhenItWasMadeAreMissingUntilSomeoneElseHasThem) {
  const auto r = spot(Interval::HOUR_1, "2024-03-15", "2024-03-16");
  Told told{r};
  Rows file = rows({range("2024-03-15", "2024-03-15T12:00")}, Interval::HOUR_1, at("2024-03-15T12:00"));
  file.refused = {range("2024-03-15T12:00", "2024-03-16")};
  told.then("daily 2024-03-15", file).then("monthly 2024-03", Absent{});
  ASSERT_THAT(told.steps(), ElementsAre("page 2024-03-15T12:00 to 2024-03-16T00:00 limit 12"));
  Told had = told;
  had.then_rows(only_step(told), file.refused);
  EXPECT_THAT(had.missing(), IsEmpty());
  told.then_rows(only_step(told), {});
  ASSERT_THAT(told.missing(), SizeIs(1));
  EXPECT_EQ(told.missing()[0].range, range("2024-03-15T12:00", "2024-03-16"));
  EXPECT_THAT(told.gaps(), IsEmpty());
  EXPECT_THAT(told.absences(), IsEmpty());
}

// Section 2: evidence.

TEST(Evidence, AHoleBetweenTwoRowsOfOnePageIsThatPage) {
  const auto r = spot(Interval::MINUTE_1, "2024-05-01", "2024-05-01T16:40");
  RangeSet have{range("2024-05-01", "2024-05-01T00:01"), range("2024-05-01T16:39", "2024-05-01T16:40")};
  Told told = rest(r);
  told.then_rows("page 2024-05-01T00:00 to 2024-05-01T16:40 limit 1000", have);
  EXPECT_THAT(told.steps(), IsEmpty());
  EXPECT_THAT(told.gaps(), ElementsAre(Gap{range("2024-05-01T00:01", "2024-05-01T16:39"), kAbsentInRest}));
}

struct EdgeRow {
  const char* rule;
  Interval interval;
  const char* until;  // rows from the request's begin on
  const char* from;   // and to its end
  bool is_weak;
};

class Edge : public testing::TestWithParam<EdgeRow> {};

TEST_P(Edge, IsWeakIfItHoldsAWholeDayOrAHundredCandles) {
  const EdgeRow& row = GetParam();
  const auto r = spot(row.interval, "2024-04-01", "2024-05-01");
  Ledger ledger;
  ledger.present = {range("2024-04-01", row.until), range(row.from, "2024-05-01")};
  const TimeRange hole = range(row.until, row.from);
  const Timestamp middle = row.interval.floor(hole.begin + (hole.end - hole.begin) / 2);
  // It does not matter where one page ended and the next began.
  ledger.silences = {{{hole.begin, middle}, Silence::Kind::edge, kNow},
                     {{middle, hole.end}, Silence::Kind::edge, kNow}};
  const Told told = rest(r, ledger);
  EXPECT_EQ(!told.steps().empty(), row.is_weak) << row.rule;
  EXPECT_EQ(!told.missing().empty(), row.is_weak) << row.rule;
}

INSTANTIATE_TEST_SUITE_P(
    Rules, Edge,
    testing::Values(EdgeRow{"99 candles", Interval::MINUTE_1, "2024-04-10T01:00", "2024-04-10T02:39", false},
                    EdgeRow{"100 candles", Interval::MINUTE_1, "2024-04-10T01:00", "2024-04-10T02:40", true},
                    EdgeRow{"a whole day", Interval::HOUR_1, "2024-04-10T00:00", "2024-04-11T00:00", true},
                    EdgeRow{"two parts of days", Interval::HOUR_1, "2024-04-10T01:00", "2024-04-11T23:00", false},
                    EdgeRow{"one candle of a day", Interval::DAY_1, "2024-04-10", "2024-04-11", true}));

const Wanted kDays = spot(Interval::MINUTE_1, "2024-05-01", "2024-05-06");  // eight pages
constexpr std::string_view kFirst = "page 2024-05-01T00:00 to 2024-05-01T16:40 limit 1000";
constexpr std::string_view kSecond = "page 2024-05-01T16:40 to 2024-05-02T09:20 limit 1000";
constexpr std::string_view kNext = "next 2024-05-01T16:40 to 2024-05-06T00:00";

Told after_an_empty_page() {
  Told told = rest(kDays);
  told.then_rows(kFirst, {range("2024-05-01", "2024-05-01T16:40")}).then_rows(kSecond, {});
  EXPECT_THAT(told.steps().at(0), kNext);
  return told;
}

TEST(Evidence, AQuestionThatFindsTheNextCandleBeyondTheStretchSparesItsPages) {
  Told told = after_an_empty_page();
  EXPECT_THAT(told.steps(), SizeIs(1)) << "what adjoins the stretch waits";
  told.then(kNext, found(at("2024-05-05T12:00"), kNow));
  EXPECT_THAT(told.steps(), ElementsAre("page 2024-05-05T12:00 to 2024-05-06T00:00 limit 1000"));
  told.then_rows("page 2024-05-05T12:00 to 2024-05-06T00:00 limit 1000", {range("2024-05-05T12:00", "2024-05-06")});
  EXPECT_THAT(told.steps(), IsEmpty());
  EXPECT_THAT(told.missing(), IsEmpty());
  EXPECT_THAT(told.gaps(), ElementsAre(Gap{range("2024-05-01T16:40", "2024-05-05T12:00"), kAbsentInRest}));
  ASSERT_THAT(told.absences(), SizeIs(1));
  EXPECT_EQ(told.absences()[0].range, range("2024-05-01T16:40", "2024-05-05T12:00"));
  EXPECT_FALSE(told.absences()[0].weak);
}

TEST(Evidence, TheSameHostsWordIsStillWeak) {
  Told told = after_an_empty_page();
  Found same = found(at("2024-05-05T12:00"), kNow);
  same.by_another_host = false;
  told.then(kNext, same);
  ASSERT_THAT(told.absences(), SizeIs(1));
  EXPECT_TRUE(told.absences()[0].weak);
}

TEST(Evidence, ARowInsideDisprovesAStretchAndItsPagesAreAskedAgainOnce) {
  Told told = after_an_empty_page();
  told.then(kNext, found(at("2024-05-01T16:50"), kNow));
  const std::string again = "page 2024-05-01T16:50 to 2024-05-02T09:30 limit 1000 again";
  ASSERT_EQ(told.steps().at(0), again);
  Told whole = told;
  whole.then_rows(again, {range("2024-05-01T16:50", "2024-05-02T09:30")});
  EXPECT_THAT(whole.steps().at(0), HasSubstr("page 2024-05-02T09:30"));
  told.then_rows(again, {range("2024-05-02", "2024-05-02T09:30")});
  const auto missing = told.missing();
  ASSERT_THAT(missing, testing::Not(IsEmpty()));
  EXPECT_EQ(missing[0].range, range("2024-05-01T16:50", "2024-05-01T16:51")) << "the candle that was seen";
  EXPECT_EQ(missing[0].cause, Cause::integrity);
  EXPECT_THAT(missing[0].detail, HasSubstr("does not bring it"));
  for (const Absence& absence : told.absences()) EXPECT_FALSE(absence.range.contains(at("2024-05-01T16:50")));
}

TEST(Evidence, WhereTheQuestionFailsTheStretchIsMissingWithThatCauseAndIsNotAskedAgain) {
  Told told = after_an_empty_page();
  told.then(kNext, Failed{Cause::rate_limited, "429"});
  ASSERT_THAT(told.steps().at(0), "page 2024-05-02T09:20 to 2024-05-03T02:00 limit 1000");
  EXPECT_EQ(told.missing()[0].range, range("2024-05-01T16:40", "2024-05-02T09:20"));
  EXPECT_EQ(told.missing()[0].cause, Cause::rate_limited);
  EXPECT_THAT(told.absences(), IsEmpty());
}

TEST(Evidence, NoCandleUpToNowIsTheEndOfTheSeriesAndTakesNoPartition) {
  Told told = after_an_empty_page();
  told.then(kNext, found(std::nullopt, kNow));
  EXPECT_THAT(told.steps(), IsEmpty()) << "a delisted symbol costs one question";
  ASSERT_TRUE(told.ledger().last);
  EXPECT_EQ(told.ledger().last->range.begin, at("2024-05-01T16:40"));
  EXPECT_GT(told.ledger().last->range.end, kDays.slots.end);
  EXPECT_THAT(told.missing(), IsEmpty());
  EXPECT_THAT(told.absences(), IsEmpty());
}

TEST(Evidence, OfCoinMAWindowInThePastWithoutACandleIsNotTheEnd) {
  const auto r = wanted(MarketType::FUTURES_COIN, Interval::DAY_1, "2022-01-01", "2022-02-01");
  Told told = rest(r);
  told.then_rows("page 2022-01-01T00:00 to 2022-02-01T00:00 limit 31", {});
  told.then("next 2022-01-01T00:00 to 2022-02-01T00:00", found(std::nullopt, kNow));
  EXPECT_FALSE(told.ledger().last);
}

TEST(Evidence, AutoAsksDueFilesBeforeAQuestion) {
  const auto r = spot(Interval::SECOND_1, "2024-03-15T05:00", "2024-03-15T05:10");
  Told told{r};
  told.then_rows("page 2024-03-15T05:00 to 2024-03-15T05:10 limit 1000",
                 {range("2024-03-15T05:00", "2024-03-15T05:01")});
  ASSERT_THAT(told.steps(), ElementsAre("daily 2024-03-15")) << "540 candles at its edge, though some row came";
  Told not_believed = told;
  not_believed.then("daily 2024-03-15", kDown).then("monthly 2024-03", Absent{});
  EXPECT_THAT(not_believed.missing(), SizeIs(1));
  EXPECT_THAT(not_believed.absences(), IsEmpty()) << "or the next request would believe it";
  told.then_rows("daily 2024-03-15",
                 {range("2024-03-15", "2024-03-15T05:01"), range("2024-03-15T05:10", "2024-03-16")});
  EXPECT_THAT(told.steps(), IsEmpty());
  EXPECT_THAT(told.gaps(), ElementsAre(Gap{range("2024-03-15T05:01", "2024-03-15T05:10"), kAbsent}));
}

TEST(Evidence, WhatIsBeforeTheFirstCandleIsNotKeptAsAbsent) {
  const auto r = spot(Interval::DAY_1, "2012-01-01", "2018-01-01");
  Told told = rest(r);
  told.then_rows("page 2012-01-01T00:00 to 2014-09-27T00:00 limit 1000", {});
  told.then("first", found(at("2017-08-17"), kNow));
  EXPECT_THAT(told.absences(), IsEmpty());
  ASSERT_TRUE(first_in_rest(r, told.policy(), told.ledger()));
  EXPECT_EQ(first_in_rest(r, told.policy(), told.ledger())->range.end, at("2017-08-17"));
}

TEST(Evidence, WhatMayStillComeIsNotKeptAsAbsentThoughALaterAnswerSaysSo) {
  const auto r = spot(Interval::MINUTE_1, "2024-05-10T08:00", "2024-05-10T09:00");
  Ledger ledger;
  ledger.present = {range("2024-05-10T08:00", "2024-05-10T08:50")};
  ledger.silences = {{range("2024-05-10T08:50", "2024-05-10T09:00"), Silence::Kind::question, kNow}};
  EXPECT_THAT(rest(r, ledger).absences(), SizeIs(1));
  ledger.not_yet = {range("2024-05-10T08:50", "2024-05-10T09:00")};
  EXPECT_THAT(rest(r, ledger).absences(), IsEmpty());
}

TEST(Evidence, ASymbolThatIsKnownAtOneTimeAndNotAtAnotherIsAFailure) {
  Told told{kHour, everything_listed()};
  told.then(kPage, unknown(kNow));
  ASSERT_THAT(told.steps(), ElementsAre("next 2024-05-10T08:00 to 2024-05-10T09:00"));
  told.then(only_step(told), found(at("2024-05-10T08:00"), kNow));
  ASSERT_THAT(told.steps(), ElementsAre("page 2024-05-10T08:00 to 2024-05-10T09:00 limit 60 again"));
  told.then(only_step(told), unknown(kNow));
  EXPECT_THAT(told.steps(), IsEmpty());
  ASSERT_THAT(told.missing(), SizeIs(1));
  EXPECT_EQ(told.missing()[0].cause, Cause::integrity);
  EXPECT_THAT(told.absences(), IsEmpty());
}

TEST(Evidence, OfADayThatAMonthDoesNotHoldWholeTheDailyFileIsAskedThoughOtherDaysHaveNone) {
  const auto r = spot(Interval::MINUTE_15, "2024-02-10", "2024-02-18T08:00");
  Ledger ledger =
      listed(Granularity::daily, "2024-02-10", "2024-02-11", listed(Granularity::monthly, "2024-02-01", "2024-03-01"));
  ledger.archive_day_holes = {range("2024-02-10T01:00", "2024-02-11")};
  ledger.months_read[at("2024-02-01")] = {at("2024-04-01"), Trust::verified};
  Policy files_first = kAuto;
  files_first.archive_above_points = 500;
  EXPECT_THAT((Told{r, ledger, files_first}.steps()),
              testing::UnorderedElementsAre("daily 2024-02-10", "monthly 2024-02"));
}

TEST(Evidence, OfCoinMAHoleThatGrewToAWindowThatWasAskedIsPaged) {
  const auto r = wanted(MarketType::FUTURES_COIN, Interval::MINUTE_1, "2024-02-10", "2024-02-18T08:00");
  Ledger ledger;
  ledger.archive = {r.slots};
  ledger.questions = {r.slots};  // when the hole was shorter: it found a candle behind it, and told nothing of it
  EXPECT_THAT((Told{r, ledger}.steps().at(0)), HasSubstr("page 2024-02-10T00:00"));
}

TEST(Evidence, ADisprovedStretchReopensYoungSlotsThatAdjoinItAndNoOthers) {
  const auto r = spot(Interval::MINUTE_1, "2024-05-09", "2024-05-10T10:30");
  Ledger asked;
  asked.rest_asked = true;
  Told told = rest(r, asked);
  told.then_rows("page 2024-05-10T09:20 to 2024-05-10T10:30 limit 70", {range("2024-05-10T09:20", "2024-05-10T10:20")})
      .then_rows("page 2024-05-09T16:40 to 2024-05-10T09:20 limit 1000",
                 {range("2024-05-09T16:40", "2024-05-10T09:20")})
      .then_rows("page 2024-05-09T00:00 to 2024-05-09T16:40 limit 1000", {});
  told.then("first", found(at("2024-05-09T05:00"), kNow));
  EXPECT_THAT(told.steps(), ElementsAre("page 2024-05-09T05:00 to 2024-05-09T16:40 limit 1000 again"));
  EXPECT_THAT(told.gaps(), testing::Contains(Gap{range("2024-05-10T10:20", "2024-05-10T10:30"), kNotYet}));

  Told young = rest(kHour);
  young.then(kPage, rows({}, Interval::MINUTE_1, at("2024-05-10T09:00")));
  young.then("first", found(at("2024-05-10T08:40"), kNow));
  EXPECT_THAT(young.steps(), ElementsAre("page 2024-05-10T08:40 to 2024-05-10T09:00 limit 20 again"));
}

// Section 3: what is asked again.

/// So many holes of one candle, each a page of its own.
Ledger doubts(const Wanted& r, int count) {
  Ledger ledger;
  ledger.present.add(r.slots);
  for (int i = 0; i < count; ++i) {
    const Timestamp hole = r.slots.begin + i * std::chrono::minutes{1500};
    ledger.present.subtract({hole, hole + std::chrono::minutes{1}});
    ledger.rest_doubts.add({hole, hole + std::chrono::minutes{1}});
  }
  return ledger;
}

const Wanted kMonth = spot(Interval::MINUTE_1, "2024-03-01", "2024-04-01");

TEST(Doubts, AreAtMostTwentyRequestsAndTheRestStandsAndSaysSo) {
  Told told = rest(kMonth, doubts(kMonth, 25));
  ASSERT_THAT(told.steps(), SizeIs(20));
  for (const std::string& step : told.steps()) told.then_rows(step, {});
  EXPECT_THAT(told.steps(), IsEmpty());
  EXPECT_THAT(told.missing(), IsEmpty());
  EXPECT_THAT(told.gaps(), SizeIs(25));
  EXPECT_THAT(told.absences(), SizeIs(20)) << "each asking again that agrees renews it";
  ASSERT_THAT(told.remarks(), SizeIs(5));
  EXPECT_THAT(told.remarks()[0], HasSubstr("was due to be asked again, and no answer came: it stands"));
}

TEST(Doubts, AreOverOnceTheHostFailed) {
  Told told = rest(kMonth, doubts(kMonth, 25));
  told.then(only_step(told), kDown);
  EXPECT_THAT(told.steps(), IsEmpty());
  EXPECT_THAT(told.missing(), IsEmpty());
  EXPECT_THAT(told.remarks(), SizeIs(25));
}

TEST(Doubts, OfALongStretchAreOneQuestionAndAgreementIsEvidence) {
  Ledger ledger;
  ledger.present = {range("2024-03-01", "2024-03-05"), range("2024-03-25", "2024-04-01")};
  ledger.rest_doubts = {range("2024-03-05", "2024-03-25")};
  Told told = rest(kMonth, ledger);
  ASSERT_THAT(told.steps(), ElementsAre("next 2024-03-05T00:00 to 2024-04-01T00:00"));
  Told failed = told;
  failed.then(only_step(told), kDown);
  EXPECT_TRUE(failed.ledger().rest_doubts_over);
  EXPECT_THAT(failed.steps(), IsEmpty());
  EXPECT_THAT(failed.missing(), IsEmpty());
  EXPECT_THAT(failed.remarks(), SizeIs(1));
  Told agrees = told;
  agrees.then(only_step(told), found(at("2024-03-25"), kNow));
  EXPECT_THAT(agrees.steps(), IsEmpty());
  EXPECT_THAT(agrees.absences(), SizeIs(1));
  EXPECT_THAT(agrees.remarks(), IsEmpty());
  told.then(only_step(told), found(at("2024-03-24"), kNow));
  ASSERT_THAT(told.steps(), SizeIs(2)) << "from the candle on it is no doubt any more: its pages are asked";
  for (const std::string& step : told.steps()) told.then(step, kDown);
  EXPECT_THAT(told.missing(), SizeIs(1)) << "there is a candle: it does not stand";
  EXPECT_EQ(told.missing()[0].range, range("2024-03-24", "2024-03-25"));
}

TEST(Doubts, ThatAreAskedAgainWithoutARowAreAbsentWithoutAQuestion) {
  Ledger ledger;
  ledger.present = {range("2024-03-01", "2024-03-05"), range("2024-03-05T10:00", "2024-04-01")};
  ledger.rest_doubts = {range("2024-03-05", "2024-03-05T10:00")};
  Told told = rest(kMonth, ledger);
  told.then_rows("page 2024-03-05T00:00 to 2024-03-05T10:00 limit 1000", {});
  EXPECT_THAT(told.steps(), IsEmpty());
  EXPECT_THAT(told.gaps(), SizeIs(1));
}

TEST(Doubts, OfTheArchiveAreOneListingAndTheFilesWhoseETagChanged) {
  const auto r = spot(Interval::HOUR_1, "2024-03-01", "2024-04-01");
  Ledger ledger;
  ledger.archive.add(r.slots);
  ledger.archive_was_there = true;
  ledger.present.add(r.slots);
  ledger.rest.add(r.slots);
  for (const std::string_view day : {"2024-03-05", "2024-03-15", "2024-03-25"}) {
    const TimeRange hole{at(day), at(day) + hours{3}};
    ledger.present.subtract(hole);
    ledger.doubted_files.push_back(
        {Granularity::daily, at(day), "old", at("2024-04-01"), Trust::verified, RangeSet{hole}});
  }
  Told told{r, ledger};
  ASSERT_THAT(told.steps(), ElementsAre("list daily after 2024-03-04"));
  Told failed = told;
  failed.then(only_step(told), kDown);
  EXPECT_THAT(failed.steps(), IsEmpty());
  EXPECT_THAT(failed.gaps(), SizeIs(3));
  EXPECT_THAT(failed.remarks(), SizeIs(3)) << "it stands, and says so";
  Listed listing = listed_files({"2024-03-05", "2024-03-15", "2024-03-25"});
  listing.files[0].etag = "old";
  listing.files[1].etag = "new";
  listing.files[2].etag = "old";
  told.then(only_step(told), listing);
  ASSERT_THAT(told.steps(), ElementsAre("daily 2024-03-15"));
  EXPECT_THAT(told.absences(), SizeIs(2)) << "the others are as they were";
  for (const Absence& absence : told.absences()) EXPECT_TRUE(absence.confirms);
  told.then_rows("daily 2024-03-15", {range("2024-03-15", "2024-03-16")});
  EXPECT_THAT(told.steps(), IsEmpty());
  EXPECT_THAT(told.gaps(), SizeIs(2));
}

Ledger ended(const TimeRange& due) {
  Ledger ledger;
  ledger.present.add(range("2024-03-01", "2024-03-10"));
  ledger.last = NoCandles{range("2024-03-10", "2024-05-01"), at("2024-05-01"), false, due};
  return ledger;
}

TEST(Doubts, AfterTheLastCandleAreOneQuestionWhenDue) {
  EXPECT_THAT(rest(kMonth, ended({})).steps(), IsEmpty());
  EXPECT_THAT(rest(kMonth, ended({})).missing(), IsEmpty());
  Told told = rest(kMonth, ended(range("2024-03-10", "2024-05-01")));
  ASSERT_THAT(told.steps(), ElementsAre("next 2024-03-10T00:00 to 2024-04-01T00:00"));
  Told still = told;
  still.then(only_step(told), found(std::nullopt, kNow));
  EXPECT_THAT(still.steps(), IsEmpty());
  EXPECT_EQ(still.ledger().last->asked_at, kNow) << "renewed";
  EXPECT_EQ(still.ledger().last->range.begin, at("2024-03-10"));
  Told failed = told;
  failed.then(only_step(told), kDown);
  EXPECT_THAT(failed.steps(), IsEmpty());
  EXPECT_THAT(failed.missing(), IsEmpty()) << "it stands";
  told.then(only_step(told), found(at("2024-03-12"), kNow));
  EXPECT_FALSE(told.ledger().last) << "a row that contradicts it replaces it at once";
  EXPECT_THAT(told.steps().at(0), HasSubstr("page 2024-03-12"));
}

}  // namespace
}  // namespace klinekeep::planner
