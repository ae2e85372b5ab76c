#include "klinekeep/interval.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "core/grids.hpp"
#include "core/times.hpp"

namespace klinekeep {
namespace {

struct GridCase {
  Interval interval;
  const char* t;
  const char* floor;
  const char* ceil;
  const char* next;   // of floor
  const char* close;  // of the candle that opens at floor
};

void expect_grid(const GridCase& c) {
  const std::string where = std::string{c.interval.name()} + " at " + c.t;
  const Timestamp t = at(c.t);
  const Timestamp below = c.interval.floor(t);
  EXPECT_EQ(format_iso(below), format_iso(at(c.floor))) << where;
  EXPECT_EQ(format_iso(c.interval.ceil(t)), format_iso(at(c.ceil))) << where;
  EXPECT_EQ(format_iso(c.interval.next(below)), format_iso(at(c.next))) << where;
  EXPECT_EQ(format_iso(c.interval.close_of(below)), format_iso(at(c.close))) << where;
  EXPECT_EQ(c.interval.on_grid(t), below == t) << where;
}

TEST(Interval, OfFixedLengthHasItsGridFromTheEpochOn) {
  constexpr auto kT = "2024-03-15T13:34:56.5";
  for (const GridCase& c : {
           GridCase{Interval::SECOND_1, kT, "2024-03-15T13:34:56", "2024-03-15T13:34:57", "2024-03-15T13:34:57",
                    "2024-03-15T13:34:57"},
           GridCase{Interval::MINUTE_1, kT, "2024-03-15T13:34:00", "2024-03-15T13:35:00", "2024-03-15T13:35:00",
                    "2024-03-15T13:35:00"},
           GridCase{Interval::MINUTE_3, kT, "2024-03-15T13:33:00", "2024-03-15T13:36:00", "2024-03-15T13:36:00",
                    "2024-03-15T13:36:00"},
           GridCase{Interval::MINUTE_5, kT, "2024-03-15T13:30:00", "2024-03-15T13:35:00", "2024-03-15T13:35:00",
                    "2024-03-15T13:35:00"},
           GridCase{Interval::MINUTE_15, kT, "2024-03-15T13:30:00", "2024-03-15T13:45:00", "2024-03-15T13:45:00",
                    "2024-03-15T13:45:00"},
           GridCase{Interval::MINUTE_30, kT, "2024-03-15T13:30:00", "2024-03-15T14:00:00", "2024-03-15T14:00:00",
                    "2024-03-15T14:00:00"},
           GridCase{Interval::HOUR_1, kT, "2024-03-15T13:00:00", "2024-03-15T14:00:00", "2024-03-15T14:00:00",
                    "2024-03-15T14:00:00"},
           GridCase{Interval::HOUR_2, kT, "2024-03-15T12:00:00", "2024-03-15T14:00:00", "2024-03-15T14:00:00",
                    "2024-03-15T14:00:00"},
           GridCase{Interval::HOUR_4, kT, "2024-03-15T12:00:00", "2024-03-15T16:00:00", "2024-03-15T16:00:00",
                    "2024-03-15T16:00:00"},
           GridCase{Interval::HOUR_6, kT, "2024-03-15T12:00:00", "2024-03-15T18:00:00", "2024-03-15T18:00:00",
                    "2024-03-15T18:00:00"},
           GridCase{Interval::HOUR_8, kT, "2024-03-15T08:00:00", "2024-03-15T16:00:00", "2024-03-15T16:00:00",
                    "2024-03-15T16:00:00"},
           GridCase{Interval::HOUR_12, kT, "2024-03-15T12:00:00", "2024-03-16", "2024-03-16", "2024-03-16"},
           GridCase{Interval::DAY_1, kT, "2024-03-15", "2024-03-16", "2024-03-16", "2024-03-16"},
       }) {
    expect_grid(c);
  }
}

TEST(Interval, OfAWeekOpensOnMondays) {
  for (const GridCase& c : {
           // BTCUSDT's first week opened three days before its listing.
           GridCase{Interval::WEEK_1, "2017-08-17T04:00:00", "2017-08-14", "2017-08-21", "2017-08-21", "2017-08-21"},
           GridCase{Interval::WEEK_1, "2017-08-14", "2017-08-14", "2017-08-14", "2017-08-21", "2017-08-21"},
           GridCase{Interval::WEEK_1, "2017-08-13T23:59:59.999999", "2017-08-07", "2017-08-14", "2017-08-14",
                    "2017-08-14"},
           GridCase{Interval::WEEK_1, "2024-12-31", "2024-12-30", "2025-01-06", "2025-01-06", "2025-01-06"},
           GridCase{Interval::WEEK_1, "1970-01-01", "1969-12-29", "1970-01-05", "1970-01-05", "1970-01-05"},
           GridCase{Interval::WEEK_1, "1969-12-28T23:59:59", "1969-12-22", "1969-12-29", "1969-12-29", "1969-12-29"},
       }) {
    expect_grid(c);
  }
}

TEST(Interval, OfAMonthGoesByTheCalendar) {
  for (const GridCase& c : {
           GridCase{Interval::MONTH_1, "2024-02-01", "2024-02-01", "2024-02-01", "2024-03-01", "2024-03-01"},
           GridCase{Interval::MONTH_1, "2024-02-29T23:59:59.999999", "2024-02-01", "2024-03-01", "2024-03-01",
                    "2024-03-01"},
           GridCase{Interval::MONTH_1, "2023-02-28T23:59:59.999999", "2023-02-01", "2023-03-01", "2023-03-01",
                    "2023-03-01"},
           GridCase{Interval::MONTH_1, "2100-02-28T12:00:00", "2100-02-01", "2100-03-01", "2100-03-01", "2100-03-01"},
           GridCase{Interval::MONTH_1, "2024-12-31T23:59:59.999999", "2024-12-01", "2025-01-01", "2025-01-01",
                    "2025-01-01"},
           GridCase{Interval::MONTH_1, "2024-01-01T00:00:00.000001", "2024-01-01", "2024-02-01", "2024-02-01",
                    "2024-02-01"},
           GridCase{Interval::MONTH_1, "1969-12-31T23:59:59.999999", "1969-12-01", "1970-01-01", "1970-01-01",
                    "1970-01-01"},
           GridCase{Interval::MONTH_1, "1968-02-29", "1968-02-01", "1968-03-01", "1968-03-01", "1968-03-01"},
       }) {
    expect_grid(c);
  }
}

TEST(Interval, OfThreeDaysOpensAtAnyMidnight) {
  for (const GridCase& c : {
           GridCase{Interval::DAY_3, "2017-08-17", "2017-08-17", "2017-08-17", "2017-08-18", "2017-08-20"},
           GridCase{Interval::DAY_3, "2017-08-18", "2017-08-18", "2017-08-18", "2017-08-19", "2017-08-21"},
           GridCase{Interval::DAY_3, "2017-08-19T12:00:00", "2017-08-19", "2017-08-20", "2017-08-20", "2017-08-22"},
           GridCase{Interval::DAY_3, "1969-12-31T12:00:00", "1969-12-31", "1970-01-01", "1970-01-01", "1970-01-03"},
       }) {
    expect_grid(c);
  }
}

TEST(Interval, RoundsDownAlsoBeforeTheEpoch) {
  for (const GridCase& c : {
           GridCase{Interval::SECOND_1, "1969-12-31T23:59:59.5", "1969-12-31T23:59:59", "1970-01-01", "1970-01-01",
                    "1970-01-01"},
           GridCase{Interval::MINUTE_3, "1969-12-31T23:58:00", "1969-12-31T23:57:00", "1970-01-01", "1970-01-01",
                    "1970-01-01"},
           GridCase{Interval::HOUR_8, "1969-12-31T15:59:59.999999", "1969-12-31T08:00:00", "1969-12-31T16:00:00",
                    "1969-12-31T16:00:00", "1969-12-31T16:00:00"},
           GridCase{Interval::DAY_1, "1969-12-31T00:00:00.000001", "1969-12-31", "1970-01-01", "1970-01-01",
                    "1970-01-01"},
       }) {
    expect_grid(c);
  }
}

TEST(Interval, ClosesACandleThatOpensOffTheGridOneLengthLater) {
  EXPECT_EQ(format_iso(Interval{Interval::MINUTE_15}.close_of(at("2018-02-09T09:58:14.789"))),
            "2018-02-09T10:13:14.789Z");
  EXPECT_EQ(format_iso(Interval{Interval::MONTH_1}.close_of(at("2018-02-09T09:58:14.789"))),
            "2018-03-09T09:58:14.789Z");
}

TEST(Interval, CountsTheGridPointsOfARange) {
  EXPECT_EQ(Interval{Interval::SECOND_1}.count(range("2024-01-01", "2024-01-02")), 86'400);
  EXPECT_EQ(Interval{Interval::MINUTE_1}.count(range("2024-01-01", "2025-01-01")), 366 * 1440);
  EXPECT_EQ(Interval{Interval::MINUTE_1}.count(range("2024-01-01T00:00:00.000001", "2024-01-01T00:01:00")), 0);
  EXPECT_EQ(Interval{Interval::MINUTE_1}.count(range("2024-01-01T00:00:00.000001", "2024-01-01T00:01:00.000001")), 1);
  EXPECT_EQ(Interval{Interval::WEEK_1}.count(range("2024-01-01", "2024-02-01")), 5);
  EXPECT_EQ(Interval{Interval::MONTH_1}.count(range("2023-12-31T23:59:59", "2025-01-01")), 12);
  EXPECT_EQ(Interval{Interval::DAY_3}.count(range("2024-01-01", "2024-01-02")), 1);
  EXPECT_EQ(Interval{Interval::DAY_3}.count(range("2024-01-01", "2024-01-04")), 1);
  EXPECT_EQ(Interval{Interval::DAY_3}.count(range("2024-01-01", "2024-01-05")), 2);
  for (const Interval interval : kIntervals) {
    EXPECT_EQ(interval.count(range("2024-01-01", "2024-01-01")), 0) << interval.name();
    EXPECT_EQ(interval.count(range("2024-01-02", "2024-01-01")), 0) << interval.name();
  }
}

TEST(Interval, WorksAtTheBoundsOfTime) {
  for (const Interval interval : kIntervals) {
    for (const Timestamp t : {kBeginOfTime, kEndOfTime}) {
      EXPECT_LE(interval.floor(t), t) << interval.name();
      EXPECT_GE(interval.ceil(t), t) << interval.name();
      EXPECT_GT(interval.close_of(interval.floor(t)), t) << interval.name();
    }
    EXPECT_GT(interval.count({kBeginOfTime, kEndOfTime}), 100'000) << interval.name();
  }
}

TEST(Interval, HasANameThatIsReadBack) {
  std::set<std::string_view> names;
  for (const Interval interval : kIntervals) {
    EXPECT_EQ(Interval::parse(interval.name()), interval) << interval.name();
    EXPECT_EQ(Interval::parse(interval.archive_name()), interval) << interval.archive_name();
    names.insert(interval.name());
  }
  EXPECT_EQ(names, (std::set<std::string_view>{"1s", "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h",
                                               "12h", "1d", "3d", "1w", "1M"}));
}

TEST(Interval, TellsAMinuteFromAMonth) {
  EXPECT_EQ(Interval::parse("1m"), Interval{Interval::MINUTE_1});
  EXPECT_EQ(Interval::parse("1M"), Interval{Interval::MONTH_1});
  EXPECT_EQ(Interval::parse("1mo"), Interval{Interval::MONTH_1});
  EXPECT_EQ(Interval{Interval::MONTH_1}.name(), "1M");
  EXPECT_EQ(Interval{Interval::MONTH_1}.archive_name(), "1mo");
  for (const Interval interval : kIntervals) {
    if (interval == Interval::MONTH_1) continue;
    EXPECT_EQ(interval.archive_name(), interval.name());
  }
}

TEST(Interval, IsReadExactly) {
  for (const char* text : {"",     "1",  "m",   "1S",  "1H",  "1D",  "1W",  "3M", "1MO", "1Mo", "1mO",
                           "1mon", "2m", "60s", "1m ", " 1m", "01m", "1 m", "7d", "1y",  "１m"}) {
    EXPECT_FALSE(Interval::parse(text)) << text;
  }
  EXPECT_FALSE(Interval::parse(std::string_view("1m\0", 3)));
}

}  // namespace
}  // namespace klinekeep
