// The reasons of gaps, a row each.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "planner/support.hpp"

namespace klinekeep::planner {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Wanted kDay = wanted(MarketType::SPOT, Interval::HOUR_1, "2024-03-15", "2024-03-16");
const TimeRange kHole = range("2024-03-15T05:00", "2024-03-15T08:00");

RangeSet but_for_the_hole() {
  RangeSet set{kDay.slots};
  set.subtract(kHole);
  return set;
}

/// Which sets hold the hole; all else is present.
struct Row {
  const char* rule;
  DataSource source;
  bool in_archive;
  bool in_rest;
  std::string_view reason;  // empty: it is missing
};

class GapReason : public testing::TestWithParam<Row> {};

TEST_P(GapReason, SaysWhoHasSeenIt) {
  const Row& row = GetParam();
  Ledger ledger;
  ledger.present = but_for_the_hole();
  ledger.archive = row.in_archive ? RangeSet{kDay.slots} : but_for_the_hole();
  ledger.rest = row.in_rest ? RangeSet{kDay.slots} : but_for_the_hole();
  const Policy policy{.source = row.source};
  const auto list = gaps(kDay, policy, ledger, kLongAfter);
  const bool is_missing = !missing(kDay, policy, ledger, kLongAfter).empty();
  EXPECT_EQ(is_missing, row.reason.empty()) << row.rule;
  if (is_missing) {
    EXPECT_THAT(list, IsEmpty()) << row.rule;
  } else {
    EXPECT_THAT(list, ElementsAre(Gap{kHole, row.reason})) << row.rule;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Sources, GapReason,
    testing::Values(Row{"REST", DataSource::REST, false, true, kAbsentInRest},
                    Row{"REST, whatever the archive", DataSource::REST, true, true, kAbsentInRest},
                    Row{"REST has not answered", DataSource::REST, true, false, ""},
                    Row{"the archive", DataSource::VISION, true, false, kAbsentInArchive},
                    Row{"the archive, whatever REST", DataSource::VISION, true, true, kAbsentInArchive},
                    Row{"the archive has not answered", DataSource::VISION, false, true, ""},
                    Row{"AUTO, both", DataSource::AUTO, true, true, kAbsent},
                    Row{"AUTO, REST alone", DataSource::AUTO, false, true, kAbsentInRest},
                    Row{"AUTO, the archive alone: REST is still to be asked", DataSource::AUTO, true, false, ""},
                    Row{"the cache, both", DataSource::CACHE, true, true, kAbsent},
                    Row{"the cache, REST alone", DataSource::CACHE, false, true, kAbsentInRest},
                    Row{"the cache, the archive alone", DataSource::CACHE, true, false, kAbsentInArchive},
                    Row{"the cache, none", DataSource::CACHE, false, false, ""}));

TEST(Gaps, OfRestAreNotYetForQuarterOfAnHourBeforeTheAnswersOwnTime) {
  const auto r = wanted(MarketType::SPOT, Interval::MINUTE_1, "2024-03-15", "2024-03-15T10:00");
  for (const DataSource source : {DataSource::REST, DataSource::AUTO}) {
    const Policy policy{.source = source};
    Ledger ledger;
    ledger.present.add(range("2024-03-15", "2024-03-15T09:00"));
    const Step step = plan(r, policy, ledger, at("2024-03-15T10:00")).steps.at(0);
    Rows answer = rows({}, Interval::MINUTE_1, at("2024-03-15T10:00"));
    answer.times.heard_at += std::chrono::minutes{5};  // however long it was under way
    ledger = learn(ledger, r, step, answer);
    const Step question = plan(r, policy, ledger, at("2024-03-15T10:00")).steps.at(0);
    ASSERT_EQ(text(question), "next 2024-03-15T09:00 to 2024-03-15T10:00");
    ledger = learn(ledger, r, question, found(std::nullopt, at("2024-03-15T10:00")));
    // A later request does not make the answer any older.
    for (const Timestamp now : {at("2024-03-15T10:00"), at("2024-03-15T11:00")}) {
      EXPECT_THAT(gaps(r, policy, ledger, now),
                  ElementsAre(Gap{range("2024-03-15T09:00", "2024-03-15T09:45"), kAbsentInRest},
                              Gap{range("2024-03-15T09:45", "2024-03-15T10:00"), kNotYet}));
    }
  }
}

TEST(Gaps, BeforeTheFirstCandleAreBeforeListingByTheWordOfEachSourceThatMayBeAsked) {
  Ledger ledger;
  ledger.first = NoCandles{{Timestamp{}, at("2024-03-15T04:00")}, at("2024-04-01")};
  ledger.present.add(range("2024-03-15T04:00", "2024-03-16"));
  ledger.rest = ledger.present;
  for (const DataSource source : {DataSource::REST, DataSource::CACHE}) {
    EXPECT_THAT(gaps(kDay, {.source = source}, ledger, kLongAfter),
                ElementsAre(Gap{range("2024-03-15", "2024-03-15T04:00"), kBeforeListing}));
    EXPECT_THAT(missing(kDay, {.source = source}, ledger, kLongAfter), IsEmpty());
  }
  EXPECT_THAT(now_texts(plan(kDay, kAuto, ledger, kLongAfter)), ElementsAre("list monthly", "list daily"))
      << "the archive has not told since when it has anything";
  const Ledger later = listed(Granularity::daily, "2024-03-15", "2026-09-24",
                              listed(Granularity::monthly, "2024-03-01", "2026-09-01", ledger));
  EXPECT_THAT(gaps(kDay, kAuto, later, kLongAfter),
              ElementsAre(Gap{range("2024-03-15", "2024-03-15T04:00"), kBeforeListing}))
      << "a file says nothing of the part of its day before REST's first candle";
  const Ledger earlier = listed(Granularity::daily, "2024-03-14", "2026-09-24",
                                listed(Granularity::monthly, "2024-03-01", "2026-09-01", ledger));
  EXPECT_THAT(texts(plan(kDay, kAuto, earlier, kLongAfter).steps), ElementsAre("daily 2024-03-15"))
      << "the earlier of the two counts";
}

TEST(Gaps, BeforeTheFirstCandleAreTheWordOfRestAloneWhereTheArchiveCannotBeListed) {
  Ledger ledger;
  ledger.first = NoCandles{{Timestamp{}, at("2024-03-15T04:00")}, at("2024-04-01")};
  ledger.present.add(range("2024-03-15T04:00", "2024-03-16"));
  for (const Step& step : plan(kDay, kAuto, ledger, kLongAfter).steps) {
    ledger = learn(ledger, kDay, step, Failed{Cause::unavailable, "down"});
  }
  EXPECT_THAT(gaps(kDay, kAuto, ledger, kLongAfter),
              ElementsAre(Gap{range("2024-03-15", "2024-03-15T04:00"), kBeforeListing}));
  EXPECT_THAT(remarks(kDay, kAuto, ledger, kLongAfter), ElementsAre(HasSubstr("only REST says")));
}

TEST(Gaps, OfAMonthThatNoFileAnsweredForAreRestsWord) {
  // What a listing has told is not kept, and a warm answer must give the reason that the cold one gave.
  Ledger ledger =
      listed(Granularity::daily, "2017-08-17", "2024-03-15", listed(Granularity::monthly, "2017-08-01", "2024-03-01"));
  ledger.present = but_for_the_hole();
  ledger.rest.add(kDay.slots);
  EXPECT_THAT(gaps(kDay, kAuto, ledger, kLongAfter), ElementsAre(Gap{kHole, kAbsentInRest}));
}

TEST(Gaps, WhereRestDoesNotKnowTheSymbolAreHolesOfRestAsAnyOther) {
  Ledger ledger;
  ledger.unknown_to_rest = true;
  ledger.archive.add(kDay.slots);
  ledger.present = but_for_the_hole();
  EXPECT_THAT(gaps(kDay, kAuto, ledger, kLongAfter), ElementsAre(Gap{kHole, kAbsent}));
}

TEST(Gaps, OfCoinMBeforeTheEarliestRowAreBeforeTheListingOnceQuestionsFoundNoneBackToTheMarketsBegin) {
  const auto r = wanted(MarketType::FUTURES_COIN, Interval::HOUR_1, "2024-03-15", "2024-03-16");
  Ledger ledger;
  ledger.present.add(range("2024-03-15T05:00", "2024-03-16"));
  ledger.silences = {{range("2024-03-15", "2024-03-15T05:00"), Silence::Kind::edge, kLongAfter}};
  EXPECT_THAT(gaps(r, kRest, ledger, kLongAfter),
              ElementsAre(Gap{range("2024-03-15", "2024-03-15T05:00"), kAbsentInRest}));
  ledger.silences[0].kind = Silence::Kind::question;
  EXPECT_THAT(gaps(r, kRest, ledger, kLongAfter),
              ElementsAre(Gap{range("2024-03-15", "2024-03-15T05:00"), kAbsentInRest}))
      << "it may be an outage, with candles before it";
  ledger.silences[0].range.begin = at("2020-06-01");
  EXPECT_THAT(gaps(r, kRest, ledger, kLongAfter),
              ElementsAre(Gap{range("2024-03-15", "2024-03-15T05:00"), kBeforeListing}));
}

TEST(Gaps, AreOnlyWhatHasClosed) {
  Ledger ledger;
  ledger.first = NoCandles{{Timestamp{}, kEndOfTime}, at("2024-03-15")};
  EXPECT_THAT(gaps(kDay, kRest, ledger, at("2024-03-15T10:30")),
              ElementsAre(Gap{range("2024-03-15", "2024-03-15T10:00"), kBeforeListing}));
}

TEST(Gaps, ThatWereDueStandWhenAskingAgainFails) {
  Ledger ledger;
  ledger.present = but_for_the_hole();
  ledger.archive.add(kDay.slots);
  ledger.rest_doubts.add(kHole);
  const Plan again = plan(kDay, kAuto, ledger, kLongAfter);
  ASSERT_EQ(texts(again.steps), std::vector<std::string>{"page 2024-03-15T05:00 to 2024-03-15T08:00 limit 3"});
  const Ledger failed = learn(ledger, kDay, again.steps[0], Failed{Cause::unavailable, "down"});
  EXPECT_THAT(plan(kDay, kAuto, failed, kLongAfter).steps, IsEmpty());
  EXPECT_THAT(missing(kDay, kAuto, failed, kLongAfter), IsEmpty());
  EXPECT_THAT(gaps(kDay, kAuto, failed, kLongAfter), ElementsAre(Gap{kHole, kAbsent}));
  EXPECT_EQ(standing_gaps(kDay, kAuto, failed, kLongAfter), RangeSet{kHole});
  const Ledger answered = learn(ledger, kDay, again.steps[0], rows({}, Interval::HOUR_1));
  EXPECT_TRUE(standing_gaps(kDay, kAuto, answered, kLongAfter).empty());
  EXPECT_THAT(gaps(kDay, kAuto, answered, kLongAfter), ElementsAre(Gap{kHole, kAbsent}));
}

}  // namespace
}  // namespace klinekeep::planner
