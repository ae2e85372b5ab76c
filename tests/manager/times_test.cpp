// What is returned and kept is judged by the time of the answer that brought it: C12 of the contract, with clocks that
// a test sets while a request goes on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/candle_maker.hpp"
#include "manager/desk.hpp"

namespace klinekeep::manager {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr Interval kSecond = Interval::SECOND_1;
constexpr Interval kMinute = Interval::MINUTE_1;
constexpr Interval kHour = Interval::HOUR_1;

const auto partial = [](Request& request) { request.options.partial = true; };

Candles without(const Candles& candles, const TimeRange& gone) {
  Candles left;
  for (std::size_t row = 0; row < candles.size(); ++row) {
    if (!gone.contains(from_ms(candles.open_time[row]))) left.push_back(candles, row);
  }
  return left;
}

/// The slots for which the cache serves a candle.
RangeSet served(Desk& desk, const TimeRange& range) {
  RangeSet slots;
  const Candles rows = desk.get(range, DataSource::CACHE, partial).rows;
  for (const Timestamp open : opens_of(rows)) slots.add({open, desk.series.interval.next(open)});
  return slots;
}

RangeSet holes_of_rest(const Desk& desk, const std::string& month) {
  return store::holes_of(desk.coverage(month), store::Origin::rest);
}

TEST(Times, AfterANightsSleepOfTheMachineAllCandlesCome) {
  Desk desk{kHour, "2024-03-15T03:30:00"};
  desk.rest_has(candles_in(range("2024-03-14", "2024-03-16"), kHour));
  EXPECT_THAT(desk.get(range("2024-03-15", "2024-03-15T03:00:00")).rows.open_time, SizeIs(3));
  (void)desk.asked();
  desk.now += hours{8};  // and no other clock
  const Got got = desk.get(range("2024-03-15T02:00:00", "2024-03-15T11:00:00"));
  EXPECT_TRUE(same(got.rows, candles_in(range("2024-03-15T02:00:00", "2024-03-15T11:00:00"), kHour)));
  EXPECT_THAT(desk.asked(), ElementsAre("page 2024-03-15T03:00:00Z .. 2024-03-15T11:00:00Z limit 8"));
}

TEST(Times, ACandleThatClosesWhileARequestGoesOnIsReturnedAndOneThatDoesNotIsNotYet) {
  Desk desk{kSecond, "2024-03-15T12:00:00.5"};
  const TimeRange window = range("2024-03-15T11:59:00", "2024-03-15T12:00:10");
  desk.rest_has(candles_in(window, kSecond));
  desk.rest->on_step = [&](const planner::Step&) { desk.rest->clock = desk.now + seconds{3}; };
  const Got got = desk.get(window);
  EXPECT_EQ(got.rows.size(), 63U);
  EXPECT_THAT(gaps_of(got), IsEmpty()) << "what had not closed when the request began is not asked for";
  EXPECT_EQ(served(desk, window), RangeSet{range("2024-03-15T11:59:00", "2024-03-15T11:59:33")});
}

/// Three pages of seconds, of which the second waits for a 429 while the third, up to now, is answered.
TEST(Times, ATailPageBesideOneThatWaited45SecondsKeepsNothingThatWasYoungWhenItCame) {
  Desk desk{kSecond, "2024-03-15T12:00:00.5"};
  const Timestamp asked = desk.now;
  const TimeRange window{at("2024-03-15T12:00:00") - seconds{2500}, at("2024-03-15T12:00:01")};
  const TimeRange settled{window.begin, at("2024-03-15T11:59:30")};
  const Candles final_rows = candles_in(window, kSecond);
  // As they were: the last half minute may still settle, and the last second is forming.
  Candles rows = candles_in(settled, kSecond);
  const Candles half_formed = candles_in({settled.end, window.end}, kSecond, 666);
  rows.append(half_formed, 0, half_formed.size());
  desk.rest_has(rows);
  const Timestamp second_page = window.begin + seconds{1000};
  desk.rest->on_step = [&](const planner::Step& step) {
    desk.rest->clock = step.range.begin == second_page ? asked + seconds{45} : asked;
  };
  const Got got = desk.get(window);
  EXPECT_EQ(got.rows.size(), 2500U) << "all that had closed by the tail's own time, and not the forming one";
  EXPECT_EQ(served(desk, window), RangeSet{settled});
  EXPECT_THROW((void)desk.get({settled.end, window.end}, DataSource::CACHE), OfflineMiss);

  desk.rest_has(final_rows);
  desk.now = asked + minutes{2};
  EXPECT_TRUE(same(desk.get(window).rows, final_rows));
  EXPECT_TRUE(same(desk.get(window, DataSource::CACHE).rows, final_rows));
}

TEST(Times, APageWhoseBodyTakesItsTimeKeepsNothingHalfFormed) {
  Desk desk{kMinute, "2024-03-15T11:59:55"};
  const TimeRange window = range("2024-03-15T11:50:00", "2024-03-15T12:00:00");
  desk.rest_has(candles_in(window, kMinute));
  desk.rest->until_heard = seconds{1};  // the body comes eight seconds later
  const Got got = desk.get(window);
  EXPECT_EQ(got.rows.size(), 9U);
  EXPECT_EQ(served(desk, window), RangeSet{range("2024-03-15T11:50:00", "2024-03-15T11:59:00")});
}

TEST(Times, WithOurClock20MinutesAheadWhatIsYoungByTheAnswersDateIsNotKept) {
  Desk desk{kMinute, "2024-03-15T12:20:02"};  // in truth 12:00:02
  const TimeRange window = range("2024-03-15T11:00:00", "2024-03-15T12:20:00");
  const TimeRange old_hole = range("2024-03-15T11:30:00", "2024-03-15T11:32:00");
  const TimeRange young_hole = range("2024-03-15T11:57:00", "2024-03-15T11:59:00");
  const Candles rows = candles_in(window, kMinute);
  desk.rest_has(without(without(rows, old_hole), young_hole));
  desk.rest->exchange_ahead = -minutes{20};
  const Got got = desk.get(window);
  EXPECT_EQ(got.rows.size(), 56U);
  EXPECT_EQ(from_ms(got.rows.open_time.back()), at("2024-03-15T11:59:00")) << "it closed 2 s before";
  EXPECT_THAT(desk.asked(), ElementsAre(HasSubstr("page 2024-03-15T11:00:00Z"), HasSubstr(" again")));
  EXPECT_THAT(gaps_of(got), ElementsAre(text_of(old_hole) + " absent_in_rest", text_of(young_hole) + " not_yet",
                                        "2024-03-15T12:00:00Z .. 2024-03-15T12:20:00Z not_yet"));
  EXPECT_THAT(got.report.notes, Contains(HasSubstr("our clock is 1200 s ahead of the exchange's")));
  EXPECT_EQ(got.report.missing.size(), 0U);
  EXPECT_EQ(holes_of_rest(desk, "202403"), RangeSet{old_hole});
  EXPECT_FALSE(served(desk, window).contains(at("2024-03-15T11:59:00")));

  // Half a minute and a quarter of an hour later they are.
  desk.now += minutes{15};
  desk.rest->on_step = {};
  (void)desk.get(window);
  EXPECT_EQ(holes_of_rest(desk, "202403"), (RangeSet{old_hole, young_hole}));
  EXPECT_TRUE(served(desk, window).contains(at("2024-03-15T11:59:00")));
}

TEST(Times, WithOurClockBehindNothingIsReturnedThatHadNotClosedByIt) {
  Desk desk{kMinute, "2024-03-15T11:40:30"};  // in truth 12:00:30
  const TimeRange window = range("2024-03-15T11:30:00", "2024-03-15T11:40:00");
  desk.rest_has(candles_in(range("2024-03-15", "2024-03-16"), kMinute));
  desk.rest->exchange_ahead = minutes{20};
  EXPECT_EQ(desk.get(window).rows.size(), 10U);
  EXPECT_EQ(served(desk, window), RangeSet{window}) << "an answer reaches no further than our clock as it is heard";
  EXPECT_EQ(desk.get(range("2024-03-15T11:30:00", "2024-03-15T11:41:00")).rows.size(), 10U);
}

TEST(Times, OfOneDateThatIsHoursSlowTheNextOneCounts) {
  Desk desk{kHour, "2024-03-15T12:05:00"};
  const TimeRange window = range("2024-03-15T06:00:00", "2024-03-15T12:00:00");
  desk.rest_has(candles_in(window, kHour));
  desk.rest->date_ahead = -hours{8};
  desk.rest->on_step = [&, first = true](const planner::Step&) mutable {
    if (!first) desk.rest->date_ahead = {};
    first = false;
  };
  const Got got = desk.get(window);
  EXPECT_EQ(got.rows.size(), 6U);
  EXPECT_THAT(got.report.missing, IsEmpty());
  EXPECT_THAT(gaps_of(got), IsEmpty());
  EXPECT_THAT(desk.asked(), SizeIs(2));
}

TEST(Times, DatesThatDoNotAgreeAreNotBelievedAndKeepNoAbsence) {
  Desk desk{kHour, "2024-03-15T12:00:10"};
  const TimeRange window = range("2024-03-15T06:00:00", "2024-03-15T12:00:00");
  desk.rest_has(candles_in(window, kHour));
  desk.rest->on_step = [&, behind = 3](const planner::Step&) mutable { desk.rest->date_ahead = -hours{behind++}; };
  const Got got = desk.get(window, DataSource::REST, partial);
  EXPECT_THAT(missing_of(got), Contains(HasSubstr("its time cannot be trusted")));
  EXPECT_TRUE(holes_of_rest(desk, "202403").empty());
  EXPECT_THROW((void)desk.get(window, DataSource::REST), IntegrityError);
}

TEST(Times, AnAbsenceIsAsOldAsItsQuestionAndNotAsTheAnswer) {
  Desk desk{kHour, "2024-03-15T12:00:10.75"};
  const TimeRange window = range("2024-03-15", "2024-03-15T08:00:00");
  const TimeRange hole = range("2024-03-15T03:00:00", "2024-03-15T05:00:00");
  desk.rest_has(without(candles_in(window, kHour), hole));
  desk.rest->on_step = [&](const planner::Step&) { desk.rest->clock = desk.now + seconds{7}; };
  desk.rest->until_heard = seconds{20};
  (void)desk.get(window);
  const auto holes = desk.coverage("202403").holes;
  ASSERT_EQ(holes.size(), 1U);
  EXPECT_EQ(holes[0].asked_at, at("2024-03-15T12:00:17"));
  EXPECT_EQ(holes[0].learnt_at, at("2024-03-15T12:00:17"));
}

}  // namespace
}  // namespace klinekeep::manager
