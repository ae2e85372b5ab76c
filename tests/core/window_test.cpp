// C1: which candles a window names, and the estimate of how many they are.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "core/grids.hpp"
#include "core/times.hpp"
#include "klinekeep/interval.hpp"

namespace klinekeep {
namespace {

using rc::gen::inRange;

std::string window_of(const std::string& start, const std::string& end, Interval interval) {
  const auto window = adjust_time_window(at(start), at(end), interval);
  return window ? format_iso(window->first) + " to " + format_iso(window->second) : "none";
}

TEST(AdjustTimeWindow, IsAsInTheDocuments) {
  EXPECT_EQ(window_of("2024-03-15T12:34:56.500", "2024-03-15T12:35:02.123456", Interval::SECOND_1),
            "2024-03-15T12:34:57Z to 2024-03-15T12:35:02Z");
  const auto window =
      adjust_time_window(at("2024-03-15T12:34:56.500"), at("2024-03-15T12:35:02.123"), Interval::SECOND_1);
  ASSERT_TRUE(window);
  EXPECT_EQ(Interval{Interval::SECOND_1}.count({window->first, window->second + Duration{1}}), 6);
}

TEST(AdjustTimeWindow, IncludesBothEndsOnTheGrid) {
  EXPECT_EQ(window_of("2024-03-15T12:00:00", "2024-03-15T12:05:00", Interval::MINUTE_1),
            "2024-03-15T12:00:00Z to 2024-03-15T12:05:00Z");
  EXPECT_EQ(window_of("2024-01-31", "2024-03-01", Interval::MONTH_1), "2024-02-01T00:00:00Z to 2024-03-01T00:00:00Z");
  EXPECT_EQ(window_of("2017-08-15", "2017-08-28", Interval::WEEK_1), "2017-08-21T00:00:00Z to 2017-08-28T00:00:00Z");
  EXPECT_EQ(window_of("2024-01-01", "2024-01-02", Interval::DAY_3), "2024-01-01T00:00:00Z to 2024-01-02T00:00:00Z");
}

TEST(AdjustTimeWindow, IsOneCandleWhenStartAndEndAreOneGridPoint) {
  EXPECT_EQ(window_of("2024-04-01", "2024-04-01", Interval::MONTH_1), "2024-04-01T00:00:00Z to 2024-04-01T00:00:00Z");
  for (const Interval interval : kIntervals) {
    EXPECT_EQ(window_of("2024-04-01", "2024-04-01", interval), "2024-04-01T00:00:00Z to 2024-04-01T00:00:00Z")
        << interval.name();  // a Monday
  }
}

TEST(AdjustTimeWindow, IsNoneWithoutAGridPoint) {
  EXPECT_EQ(window_of("2024-03-15T12:34:56.1", "2024-03-15T12:34:56.9", Interval::SECOND_1), "none");
  EXPECT_EQ(window_of("2024-03-02", "2024-03-31T23:59:59", Interval::MONTH_1), "none");
  EXPECT_EQ(window_of("2024-04-02", "2024-04-07T23:59:59.999999", Interval::WEEK_1), "none");
  for (const Interval interval : kIntervals) {
    EXPECT_EQ(window_of("2024-03-01T00:00:00.000001", "2024-03-01T00:00:00.000002", interval), "none");
    EXPECT_EQ(window_of("2024-03-01T00:00:00.000001", "2024-03-01T00:00:00.000001", interval), "none");
  }
}

TEST(AdjustTimeWindow, IsNoneWhenStartIsAfterEnd) {
  for (const Interval interval : kIntervals) {
    EXPECT_EQ(window_of("2024-03-02", "2024-03-01", interval), "none") << interval.name();
    EXPECT_EQ(window_of("2026-03-02", "2024-03-01", interval), "none") << interval.name();
    EXPECT_EQ(window_of("2024-03-01T00:00:00.000001", "2024-03-01", interval), "none") << interval.name();
  }
}

TEST(AdjustTimeWindow, TakesTheExtremesOfTheType) {
  for (const Interval interval : kIntervals) {
    const auto all = adjust_time_window(Timestamp::min(), Timestamp::max(), interval);
    ASSERT_TRUE(all) << interval.name();
    EXPECT_LE(all->first, at("0001-01-01")) << interval.name();
    EXPECT_GE(all->second, at("9999-12-01")) << interval.name();
    EXPECT_TRUE(interval.on_grid(all->first) && interval.on_grid(all->second)) << interval.name();
    EXPECT_FALSE(adjust_time_window(Timestamp::min(), Timestamp::min(), interval)) << interval.name();
    EXPECT_FALSE(adjust_time_window(Timestamp::max(), Timestamp::max(), interval)) << interval.name();
    EXPECT_FALSE(adjust_time_window(Timestamp::max(), Timestamp::min(), interval)) << interval.name();
  }
}

/// Every microsecond near the grid's points, every tick elsewhere.
RC_GTEST_PROP(AdjustTimeWindow, EqualsALookAtEveryInstant, ()) {
  const Interval interval = *rc::gen::elementOf(kIntervals);
  const Timestamp base{std::chrono::days{*inRange(-400, 25'000)} + std::chrono::minutes{*inRange(0, 1440)}};
  const auto offset = [&] {
    const Duration whole = tick_of(interval) * *inRange<std::int64_t>(0, 3 * (length_of(interval) / tick_of(interval)));
    return whole + Duration{*inRange(-2, 3)} + (*inRange(0, 4) == 0 ? tick_of(interval) / 2 : Duration{0});
  };
  const Timestamp start = interval.floor(base) + offset();
  const Timestamp end = interval.floor(base) + offset();

  std::optional<std::pair<Timestamp, Timestamp>> found;
  for (Timestamp t = std::chrono::floor<std::chrono::days>(start); t <= end; t += tick_of(interval)) {
    if (t < start || !is_grid_point(interval, t)) continue;
    if (!found) found = {t, t};
    found->second = t;
  }
  const auto window = adjust_time_window(start, end, interval);
  RC_ASSERT(window == found);
}

RC_GTEST_PROP(AdjustTimeWindow, LeavesItsOwnAnswerAsItIs, ()) {
  const Interval interval = *rc::gen::elementOf(kIntervals);
  const Timestamp start{Duration{*inRange<std::int64_t>(0, 1'800'000'000'000'000)}};
  const auto window = adjust_time_window(start, start + *inRange(0, 9) * length_of(interval), interval);
  if (window) RC_ASSERT(adjust_time_window(window->first, window->second, interval) == window);
}

std::int64_t estimate(const std::string& start, const std::string& end, Interval interval) {
  return estimate_data_points(at(start), at(end), interval);
}

TEST(EstimateDataPoints, IsExactForSecondsAndMinutes) {
  EXPECT_EQ(estimate("2024-03-15T12:34:56.500", "2024-03-15T12:35:02.123", Interval::SECOND_1), 5);
  EXPECT_EQ(estimate("2024-03-15", "2024-03-16", Interval::SECOND_1), 86'400);
  EXPECT_EQ(estimate("2024-03-15T00:00:30", "2024-03-15T00:02:29", Interval::MINUTE_1), 1);
  EXPECT_EQ(estimate("2024-03-15T00:00:30", "2024-03-15T00:02:30", Interval::MINUTE_1), 2);
}

TEST(EstimateDataPoints, CountsWholeCalendarMonths) {
  EXPECT_EQ(estimate("2024-01-01", "2024-02-01", Interval::MONTH_1), 1);
  EXPECT_EQ(estimate("2024-01-01", "2024-01-31T23:59:59", Interval::MONTH_1), 0);
  EXPECT_EQ(estimate("2024-01-15", "2024-02-14T23:59:59", Interval::MONTH_1), 0);
  EXPECT_EQ(estimate("2024-01-15", "2024-02-15", Interval::MONTH_1), 1);
  EXPECT_EQ(estimate("2024-01-31", "2024-02-29", Interval::MONTH_1), 0);
  EXPECT_EQ(estimate("2024-01-31", "2024-03-31", Interval::MONTH_1), 2);
  EXPECT_EQ(estimate("2023-12-31", "2025-01-01", Interval::MONTH_1), 12);
  EXPECT_EQ(estimate("2017-08-17", "2026-08-17", Interval::MONTH_1), 108);
}

TEST(EstimateDataPoints, CountsThreeDaysAndWeeksByTheirLength) {
  EXPECT_EQ(estimate("2024-01-01", "2024-01-03T23:59:59", Interval::DAY_3), 0);
  EXPECT_EQ(estimate("2024-01-01", "2024-01-04", Interval::DAY_3), 1);
  EXPECT_EQ(estimate("2024-01-02", "2024-01-09", Interval::WEEK_1), 1);
}

TEST(EstimateDataPoints, IsNothingForAnEmptyOrReversedWindow) {
  for (const Interval interval : kIntervals) {
    EXPECT_EQ(estimate("2024-01-01", "2024-01-01", interval), 0);
    EXPECT_EQ(estimate("2025-01-01", "2024-01-01", interval), 0);
    EXPECT_EQ(estimate_data_points(Timestamp::max(), Timestamp::min(), interval), 0);
  }
}

TEST(EstimateDataPoints, TakesTheExtremesOfTheType) {
  for (const Interval interval : kIntervals) {
    EXPECT_GT(estimate_data_points(Timestamp::min(), Timestamp::max(), interval), 100'000) << interval.name();
    EXPECT_GE(estimate_data_points(Timestamp::max() - Duration{1}, Timestamp::max(), interval), 0) << interval.name();
  }
}

RC_GTEST_PROP(EstimateDataPoints, IsTheQuotientRoundedDown, ()) {
  const Interval interval = *rc::gen::elementOf(kIntervals);
  RC_PRE(interval != Interval::MONTH_1);
  const Timestamp start{Duration{*inRange<std::int64_t>(-1'000'000'000, 1'800'000'000'000'000)}};
  const std::int64_t steps = *inRange<std::int64_t>(0, 1000);
  const Duration rest{*inRange<std::int64_t>(0, length_of(interval).count())};
  RC_ASSERT(estimate_data_points(start, start + steps * length_of(interval) + rest, interval) == steps);
}

RC_GTEST_PROP(EstimateDataPoints, OfMonthsGrowsByOneAMonth, ()) {
  const Timestamp start = Timestamp{std::chrono::days{*inRange(-1000, 20'000)}} + Duration{*inRange(0, 1'000'000'000)};
  const Interval month = Interval::MONTH_1;
  const Duration into = start - month.floor(start);
  RC_PRE(into < std::chrono::days{28});  // a day that every month has
  Timestamp end_month = month.floor(start);
  const int months = *inRange(1, 60);
  for (int i = 0; i < months; ++i) end_month = month.next(end_month);
  RC_ASSERT(estimate_data_points(start, end_month + into, month) == months);
  RC_ASSERT(estimate_data_points(start, end_month + into - Duration{1}, month) == months - 1);
}

}  // namespace
}  // namespace klinekeep
