#include "planner/gap_age.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "planner/support.hpp"

namespace klinekeep::planner {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

const Timestamp kNow = at("2024-06-15T12:00");

/// Whether a gap of one minute that closed `age` ago and was asked `asked` ago is due.
bool is_due(Duration age, Duration asked) {
  const Timestamp open = kNow - age - minutes{1};
  return !due_again({{{open, open + minutes{1}}, kNow - asked}}, Interval::MINUTE_1, kNow).empty();
}

TEST(GapAge, DecidesWhenAGapIsAskedAgain) {
  EXPECT_FALSE(is_due(hours{20}, minutes{59}));
  EXPECT_TRUE(is_due(hours{20}, hours{1}));
  EXPECT_TRUE(is_due(hours{36} - minutes{1}, hours{1}));
  EXPECT_FALSE(is_due(hours{36}, hours{1})) << "no longer younger than 36 hours";
  EXPECT_FALSE(is_due(hours{36}, days{7} - minutes{1}));
  EXPECT_TRUE(is_due(hours{36}, days{7}));
  EXPECT_TRUE(is_due(days{90} - minutes{1}, days{30}));
  EXPECT_FALSE(is_due(days{90}, days{80})) << "never again";
  EXPECT_FALSE(is_due(hours{20}, -hours{2})) << "asked by a clock that was ahead of ours";
}

TEST(GapAge, SplitsARangeExactly) {
  const TimeRange gap = range("2024-01-01", "2024-06-15");
  EXPECT_EQ(due_again({{gap, kNow - hours{2}}}, Interval::HOUR_1, kNow),
            (RangeSet{range("2024-06-14T00:00", "2024-06-15")}))
      << "the candle of 00:00 closed 35 hours ago";
  EXPECT_EQ(due_again({{gap, kNow - days{8}}}, Interval::HOUR_1, kNow),
            (RangeSet{range("2024-03-17T12:00", "2024-06-15")}))
      << "the candle of 12:00 closed 89 days and 23 hours ago";
}

TEST(GapAge, GoesByTheCloseOfLongCandles) {
  EXPECT_EQ(due_again({{range("2024-01-01", "2024-06-01"), kNow - days{8}}}, Interval::MONTH_1, kNow),
            (RangeSet{range("2024-03-01", "2024-06-01")}))
      << "March closed 75 days ago, though it opened 106 ago";
  EXPECT_EQ(due_again({{range("2024-06-01", "2024-06-14"), kNow - hours{2}}}, Interval::DAY_3, kNow),
            (RangeSet{range("2024-06-12", "2024-06-14")}))
      << "that of the 11th closed 36 hours ago";
}

RC_GTEST_PROP(GapAge, IsTheRuleForEachSlot, ()) {
  const Interval interval = *rc::gen::element(Interval::HOUR_1, Interval::DAY_1, Interval::DAY_3, Interval::WEEK_1);
  const Timestamp now = at("2024-06-15") + minutes{*rc::gen::inRange(0, 3000)};
  std::vector<RememberedGap> gaps;
  for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
    const Timestamp begin = interval.floor(now - hours{*rc::gen::inRange(0, 3000)});
    const Timestamp end = interval.ceil(begin + hours{*rc::gen::inRange(1, 3000)});
    gaps.push_back({{begin, end}, now - minutes{*rc::gen::element(10, 59, 60, 1000, 10'079, 10'080, 200'000)}});
  }
  const RangeSet due = due_again(gaps, interval, now);
  for (Timestamp t = interval.floor(now - hours{3100}); t < now + days{100}; t = interval.next(t)) {
    bool expected = false;
    for (const RememberedGap& gap : gaps) {
      if (!gap.range.contains(t)) continue;
      const Duration age = now - interval.close_of(t);
      const Duration asked = now - gap.at;
      expected = expected || (age < hours{36} && asked >= hours{1}) ||
                 (age >= hours{36} && age < days{90} && asked >= days{7});
    }
    RC_ASSERT(due.contains(t) == expected);
  }
}

}  // namespace
}  // namespace klinekeep::planner
