#include "planner/period.hpp"

#include <gtest/gtest.h>

#include "planner/support.hpp"

namespace klinekeep::planner {
namespace {

TEST(Period, DailyFilesOfLongIntervalsAreNeverAskedFor) {
  for (const Interval interval : kIntervals) {
    const bool is_long = interval == Interval::DAY_3 || interval == Interval::WEEK_1 || interval == Interval::MONTH_1;
    EXPECT_EQ(has_files(Granularity::daily, interval), !is_long) << interval.name();
    EXPECT_TRUE(has_files(Granularity::monthly, interval));
  }
}

TEST(Period, IsOverWhenTheLastCandleThatOpensInItHasClosed) {
  EXPECT_EQ(period_over(Granularity::daily, at("2024-03-15"), Interval::MINUTE_1), at("2024-03-16"));
  EXPECT_EQ(period_over(Granularity::monthly, at("2024-02-01"), Interval::DAY_1), at("2024-03-01"));
  // The last Monday of February 2024 was the 26th.
  EXPECT_EQ(period_over(Granularity::monthly, at("2024-02-01"), Interval::WEEK_1), at("2024-03-04"));
  EXPECT_EQ(period_over(Granularity::monthly, at("2024-02-01"), Interval::DAY_3), at("2024-03-03"));
  EXPECT_EQ(period_over(Granularity::monthly, at("2024-02-01"), Interval::MONTH_1), at("2024-03-01"));
}

TEST(Period, HoldsWhatOpensInIt) {
  EXPECT_EQ(period_of(Granularity::monthly, at("2024-12-31T23:59")), at("2024-12-01"));
  EXPECT_EQ(period_range(Granularity::monthly, at("2024-12-01")), range("2024-12-01", "2025-01-01"));
  EXPECT_EQ(next_period(Granularity::daily, at("2024-02-28")), at("2024-02-29"));
}

}  // namespace
}  // namespace klinekeep::planner
