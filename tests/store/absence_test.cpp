// How holes age: when they were learnt, when that was last asked, whether a glitch would have said so too.

#include "store/absence.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/footer.hpp"
#include "store/support.hpp"

namespace klinekeep::store {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

const Interval kHour = Interval::HOUR_1;
const TimeRange kDay = range("2024-03-15", "2024-03-16");

TimeRange hours(int begin, int end) {
  return {kDay.begin + std::chrono::hours{begin}, kDay.begin + std::chrono::hours{end}};
}

Addition nothing(const TimeRange& where, Timestamp when, bool weak = false, Origin origin = Origin::rest) {
  Addition addition = answer(origin, where, {}, Trust::verified, when);
  addition.weak = weak;
  return addition;
}

Addition confirmation(const TimeRange& where, Timestamp when, Origin origin = Origin::rest) {
  Addition addition = nothing(where, when, false, origin);
  addition.confirms = true;
  return addition;
}

MergeOutcome add(Content& content, const Addition& addition, Precedence precedence = Precedence::committed) {
  return merge(content, addition, kHour, precedence);
}

TEST(Absence, IsLearntAndAskedWhenItIsNewInWholeSeconds) {
  for (const bool weak : {false, true}) {
    Content content;
    add(content, nothing(kDay, kAsked + 1s + 999ms, weak));
    EXPECT_THAT(content.coverage.holes, ElementsAre(Hole{Origin::rest, kDay, kAsked + 1s, kAsked + 1s, weak}));
  }
}

TEST(Absence, AgesAsItIsAskedAgain) {
  enum What { answers, answers_weakly, confirms, confirms_weakly };
  struct Case {
    bool was_weak;
    Duration after;
    What what;
    bool is_weak;
  };
  const Case cases[]{
      {true, 59min + 59s, answers_weakly, true},  // agreement within the hour proves nothing
      {true, 1h, answers_weakly, false},
      {true, 30 * 24h, answers_weakly, false},
      {true, -24h, answers_weakly, true},  // the clock was put back
      {true, 1s, answers, false},
      {true, -24h, answers, false},
      {true, 59min + 59s, confirms, true},
      {true, 1h, confirms, false},
      {true, 1h, confirms_weakly, false},
      {true, -24h, confirms, true},
      {false, 1s, answers_weakly, false},
      {false, 2h, answers_weakly, false},
      {false, 2h, answers, false},
      {false, -24h, answers_weakly, false},
      {false, 1s, confirms, false},
      {false, -24h, confirms_weakly, false},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(&each - cases);
    const Timestamp when = kAsked + each.after;
    Content content;
    add(content, nothing(kDay, kAsked, each.was_weak));
    Addition again = nothing(kDay, when + 500ms, each.what == answers_weakly || each.what == confirms_weakly);
    again.confirms = each.what == confirms || each.what == confirms_weakly;
    add(content, again);
    // A clock that was ahead: it cannot have been learnt after it was asked.
    const Timestamp learnt = std::min(kAsked, when);
    EXPECT_THAT(content.coverage.holes, ElementsAre(Hole{Origin::rest, kDay, learnt, when, each.is_weak}));
  }
}

TEST(Absence, ThatIsLearntAgoIsMeasuredFromThenHoweverOftenItIsAsked) {
  Content content;
  add(content, nothing(kDay, kAsked, true));
  for (int minutes = 10; minutes < 60; minutes += 10) {
    add(content, nothing(kDay, kAsked + std::chrono::minutes{minutes}, true));
    EXPECT_TRUE(content.coverage.holes.at(0).weak) << minutes;
  }
  add(content, nothing(kDay, kAsked + 1h, true));
  EXPECT_THAT(content.coverage.holes, ElementsAre(Hole{Origin::rest, kDay, kAsked, kAsked + 1h}));
}

TEST(Absence, IsJoinedOnlyWhereItIsAlike) {
  Content content;
  add(content, nothing(hours(0, 1), kAsked));
  add(content, nothing(hours(1, 2), kAsked));
  EXPECT_THAT(content.coverage.holes, ElementsAre(Hole{Origin::rest, hours(0, 2), kAsked, kAsked}));
  add(content, nothing(hours(2, 3), kAsked, true));
  add(content, nothing(hours(3, 4), kAsked + 1s));
  EXPECT_THAT(content.coverage.holes, SizeIs(3));

  add(content, nothing(hours(1, 6), kAsked + 2h));
  EXPECT_THAT(content.coverage.holes,
              ElementsAre(Hole{Origin::rest, hours(0, 1), kAsked, kAsked},            //
                          Hole{Origin::rest, hours(1, 3), kAsked, kAsked + 2h},       // both learnt then
                          Hole{Origin::rest, hours(3, 4), kAsked + 1s, kAsked + 2h},  //
                          Hole{Origin::rest, hours(4, 6), kAsked + 2h, kAsked + 2h}));
}

TEST(Absence, IsLearntAnewWhereARowWasInBetween) {
  Content content;
  add(content, nothing(kDay, kAsked, true));
  add(content, full(Origin::rest, kDay, kHour));
  EXPECT_THAT(content.coverage.holes, IsEmpty());
  EXPECT_EQ(content.rows.size(), 24U);
  add(content, nothing(kDay, kAsked + 2h, true), Precedence::addition);
  EXPECT_THAT(content.coverage.holes, ElementsAre(Hole{Origin::rest, kDay, kAsked + 2h, kAsked + 2h, true}));
}

TEST(Absence, OfOneOriginIsNotAnothers) {
  Content content;
  for (const Origin origin : {Origin::daily, Origin::monthly}) add(content, nothing(kDay, kAsked, true, origin));
  add(content, nothing(kDay, kAsked + 2h, true, Origin::rest));
  add(content, confirmation(kDay, kAsked + 3h, Origin::monthly));
  EXPECT_THAT(content.coverage.holes, ElementsAre(Hole{Origin::daily, kDay, kAsked, kAsked, true},
                                                  Hole{Origin::monthly, kDay, kAsked, kAsked + 3h, false},
                                                  Hole{Origin::rest, kDay, kAsked + 2h, kAsked + 2h, true}));
}

TEST(Absence, ThatIsProvenIsNotAskedAgainByBytesThatNothingProves) {
  Content content;
  add(content, nothing(kDay, kAsked, true, Origin::daily));
  Addition unproven = nothing(kDay, kAsked + 2h, false, Origin::daily);
  unproven.trust = Trust::unverified;
  add(content, unproven);
  EXPECT_THAT(content.coverage.holes, ElementsAre(Hole{Origin::daily, kDay, kAsked, kAsked, true}));
}

TEST(Confirmation, TouchesNothingButHolesOfItsOriginInItsRange) {
  Content content;
  Candles rows = candles_in(hours(0, 4), kHour);
  push(rows, kDay.begin + 3h + 30min, kHour, 9);
  Addition file = answer(Origin::daily, hours(0, 8), rows);
  file.file = UsedFile{"BTCUSDT-1h-2024-03-15.zip", Trust::verified, std::string(64, 'a'), "", kAsked};
  add(content, file);
  add(content, nothing(hours(2, 8), kAsked));
  const Content before = content;
  const MergeOutcome outcome = add(content, confirmation(hours(-10, 6), kAsked + 24h, Origin::daily));
  EXPECT_EQ(outcome.rows_added, 0);
  EXPECT_THAT(outcome.conflicts, IsEmpty());
  EXPECT_TRUE(outcome.changes.before.empty() && outcome.changes.after.empty());
  EXPECT_TRUE(same(content.rows, before.rows));
  EXPECT_EQ(content.coverage.answered, before.coverage.answered);
  EXPECT_EQ(content.coverage.off_grid, before.coverage.off_grid);
  EXPECT_EQ(content.coverage.files, before.coverage.files);
  EXPECT_THAT(content.coverage.holes, ElementsAre(Hole{Origin::daily, hours(4, 6), kAsked, kAsked + 24h},
                                                  Hole{Origin::daily, hours(6, 8), kAsked, kAsked},
                                                  Hole{Origin::rest, hours(2, 8), kAsked, kAsked}));
}

TEST(Confirmation, SpeaksOfTheSlotsThatOpenInItsRange) {
  Content content;
  add(content, nothing(hours(0, 4), kAsked));
  add(content, confirmation({hours(0, 1).begin + 30min, hours(2, 3).begin + 30min}, kAsked + 24h));
  EXPECT_THAT(content.coverage.holes, ElementsAre(Hole{Origin::rest, hours(0, 1), kAsked, kAsked},
                                                  Hole{Origin::rest, hours(1, 3), kAsked, kAsked + 24h},
                                                  Hole{Origin::rest, hours(3, 4), kAsked, kAsked}));
}

TEST(Confirmation, OfNothingIsNothing) {
  Content content;
  const Addition confirms = confirmation(kDay, kAsked);
  add(content, confirms);
  EXPECT_EQ(content.coverage, Coverage{});
  EXPECT_EQ(coverage_alone(confirms, kHour, range_of(kMarch)), Coverage{});
}

class ConfirmationTest : public testing::Test {
 protected:
  bool is_there(const char* name) const {
    return std::filesystem::exists(folder_.path() / "spot/data/BTCUSDT/1h" / name);
  }
  std::vector<Hole> holes() const { return known(store_, series_, range_of(kMarch)).holes; }

  TemporaryFolder folder_;
  Store store_{folder_.path()};
  Series series_ = series_of(kHour);
};

TEST_F(ConfirmationTest, IsWrittenOnceAndKept) {
  commit(store_, series_, kMarch, {full(Origin::daily, hours(0, 5), kHour), nothing(hours(5, 8), kAsked, true)});
  EXPECT_TRUE(commit(store_, series_, kMarch, {confirmation(kDay, kAsked + 24h)}).wrote);
  EXPECT_THAT(holes(), ElementsAre(Hole{Origin::rest, hours(5, 8), kAsked, kAsked + 24h}));
  EXPECT_FALSE(commit(store_, series_, kMarch, {confirmation(kDay, kAsked + 24h)}).wrote);
  EXPECT_TRUE(commit(store_, series_, kMarch, {confirmation(hours(5, 6), kAsked)}, Precedence::addition).wrote);
  EXPECT_THAT(holes(), ElementsAre(Hole{Origin::rest, hours(5, 6), kAsked, kAsked},
                                   Hole{Origin::rest, hours(6, 8), kAsked, kAsked + 24h}));
  EXPECT_EQ(read(store_, series_, kDay).size(), 5U);
}

TEST_F(ConfirmationTest, OfWhatTheTailKnowsStaysInTheTail) {
  commit(store_, series_, kMarch, {full(Origin::monthly, range("2024-03-01", "2024-03-14"), kHour)});
  commit(store_, series_, kMarch, {nothing(kDay, kAsked, true)});
  ASSERT_TRUE(is_there("202403.tail.arrow"));
  EXPECT_TRUE(commit(store_, series_, kMarch, {confirmation(kDay, kAsked + 24h)}).wrote);
  EXPECT_TRUE(is_there("202403.tail.arrow"));
  EXPECT_THAT(holes(), ElementsAre(Hole{Origin::rest, kDay, kAsked, kAsked + 24h}));
}

TEST_F(ConfirmationTest, MakesNoPartition) {
  EXPECT_FALSE(commit(store_, series_, kMarch, {confirmation(kDay, kAsked)}).wrote);
  EXPECT_FALSE(commit(store_, series_, kMarch, {confirmation(kDay, kAsked)}, Precedence::addition).wrote);
  EXPECT_FALSE(is_there("202403.arrow"));
}

TEST_F(ConfirmationTest, InOneCommitWithWhatItConfirms) {
  Addition rows = full(Origin::rest, hours(0, 4), kHour);
  rows.range = hours(0, 8);
  commit(store_, series_, kMarch, {rows, confirmation(kDay, kAsked + 24h)});
  EXPECT_THAT(holes(), ElementsAre(Hole{Origin::rest, hours(4, 8), kAsked, kAsked + 24h}));
}

TEST(KnownHoles, AreThoseOfAnswersThatCount) {
  Content content;
  add(content, nothing(hours(0, 2), kAsked, true, Origin::monthly));
  add(content, nothing(hours(0, 4), kAsked));
  Addition unproven = nothing(hours(0, 8), kAsked, false, Origin::daily);
  unproven.trust = Trust::unverified;
  add(content, unproven);
  const Hole monthly{Origin::monthly, hours(0, 2), kAsked, kAsked, true};
  const Hole rest{Origin::rest, hours(0, 4), kAsked, kAsked};
  const Hole daily{Origin::daily, hours(4, 8), kAsked, kAsked};  // where nothing proven was there
  const auto known_holes = [&](const Filter& filter) { return known(content.coverage, kHour, filter).holes; };
  EXPECT_THAT(known_holes(kAny), UnorderedElementsAre(monthly, rest));
  EXPECT_THAT(known_holes(kAnyTrust), UnorderedElementsAre(daily, monthly, rest));
  EXPECT_THAT(known_holes(kArchive), ElementsAre(monthly));
  EXPECT_THAT(known_holes(kRest), ElementsAre(rest));
}

TEST(KnownHoles, AreCutToThePartOfAHoleWhoseAnswerCounts) {
  Content content;
  Addition unproven = nothing(hours(0, 8), kAsked, false, Origin::daily);
  unproven.trust = Trust::unverified;
  add(content, unproven);
  add(content, nothing(hours(2, 4), kAsked, false, Origin::daily));
  ASSERT_THAT(content.coverage.holes, SizeIs(1)) << "they are alike";
  EXPECT_THAT(known(content.coverage, kHour, kAny).holes,
              ElementsAre(Hole{Origin::daily, hours(2, 4), kAsked, kAsked}));
}

TEST(KnownHoles, OfAWeekThatTheMonthsEndCutsAreWhole) {
  Content march;
  merge(march, nothing(range("2025-03-31", "2025-04-07"), kAsked), Interval::WEEK_1, Precedence::committed,
        range("2025-03-01", "2025-04-01"));
  EXPECT_EQ(march.coverage.holes.at(0).range, range("2025-03-31", "2025-04-01"));
  EXPECT_THAT(known(march.coverage, Interval::WEEK_1, kAny).holes,
              ElementsAre(Hole{Origin::rest, range("2025-03-31", "2025-04-07"), kAsked, kAsked}));
}

TEST(KnownHoles, Of3dEndWhereTheLastCandleOfTheirOriginReaches) {
  const TemporaryFolder folder;
  const Store store{folder.path()};
  const Interval three = Interval::DAY_3;
  const Series series = series_of(three);
  const TimeRange april = range("2024-04-01", "2024-05-01");
  commit(store, series, kMarch,
         {answer(Origin::monthly, range("2024-03-03", "2024-04-01"),
                 candles_in(range("2024-03-03", "2024-04-01"), three))});
  const auto of_april = [&](Origin origin) {
    return answer(origin, april, candles_in(range("2024-04-03", "2024-05-01"), three));
  };
  commit(store, series, 2024y / 4, {of_april(Origin::monthly), of_april(Origin::rest)});
  // March's last candle opens on the 30th, and covers April 1: REST was not asked about March.
  EXPECT_THAT(known(store, series, april).holes,
              UnorderedElementsAre(Hole{Origin::monthly, range("2024-04-02", "2024-04-03"), kAsked, kAsked},
                                   Hole{Origin::rest, range("2024-04-01", "2024-04-03"), kAsked, kAsked}));
  EXPECT_THAT(known(store, series, april, kRest).holes,
              ElementsAre(Hole{Origin::rest, range("2024-04-01", "2024-04-03"), kAsked, kAsked}));
}

TEST(FooterRules, TouchingHolesAreOneUnlessTheyDiffer) {
  const auto fault = [](const Hole& second) {
    Footer footer;
    footer.coverage.answered = {{Origin::rest, Trust::verified, hours(0, 4), kAsked}};
    footer.coverage.holes = {{Origin::rest, hours(0, 2), kAsked, kAsked}, second};
    return fault_of(footer, {series_of(kHour), kMarch, Part::base});
  };
  EXPECT_EQ(fault({Origin::rest, hours(2, 4), kAsked, kAsked}), "its holes are not in order");
  EXPECT_EQ(fault({Origin::rest, hours(2, 4), kAsked + 1s, kAsked}), "") << "the clock may have been put back";
  EXPECT_EQ(fault({Origin::rest, hours(2, 4), kAsked, kAsked + 1s}), "");
  EXPECT_EQ(fault({Origin::rest, hours(2, 4), kAsked, kAsked, true}), "");
  EXPECT_EQ(fault({Origin::rest, hours(1, 4), kAsked, kAsked, true}), "its holes are not in order");
}

}  // namespace
}  // namespace klinekeep::store
