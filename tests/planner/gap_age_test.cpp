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

/// A gap of one minute that closed `age` ago, was learnt and then asked so long ago.
struct AgeRow {
  const char* rule;
  Duration age;
  Duration learnt;
  Duration asked;
  bool weak;
  bool by_both;
  bool due;
};

class GapAge : public testing::TestWithParam<AgeRow> {};

TEST_P(GapAge, DecidesWhenItIsAskedAgain) {
  const AgeRow& row = GetParam();
  const Timestamp open = kNow - row.age - minutes{1};
  const TimeRange gap{open, open + minutes{1}};
  const RangeSet both = row.by_both ? RangeSet{gap} : RangeSet{};
  EXPECT_EQ(!due_again({{gap, kNow - row.learnt, kNow - row.asked, row.weak}}, both, Interval::MINUTE_1, kNow).empty(),
            row.due)
      << row.rule;
}

INSTANTIATE_TEST_SUITE_P(
    Rules, GapAge,
    testing::Values(
        AgeRow{"young: not within the hour", hours{20}, hours{9}, minutes{59}, false, false, false},
        AgeRow{"young: after an hour", hours{20}, hours{9}, hours{1}, false, false, true},
        AgeRow{"young, by both: after an hour", hours{20}, hours{9}, hours{1}, false, true, true},
        AgeRow{"just younger than 36 hours", hours{36} - minutes{1}, hours{9}, hours{1}, false, false, true},
        AgeRow{"no longer younger than 36 hours", hours{36}, hours{9}, hours{1}, false, false, false},
        AgeRow{"not within 7 days", hours{36}, days{20}, days{7} - minutes{1}, false, false, false},
        AgeRow{"after 7 days", hours{36}, days{20}, days{7}, false, false, true},
        AgeRow{"after 7 days, by both", hours{36}, days{20}, days{7}, false, true, true},
        AgeRow{"just younger than 90 days", days{90} - minutes{1}, days{30}, days{30}, false, false, true},
        AgeRow{"old, by both: for good", days{90}, days{80}, days{80}, false, true, false},
        AgeRow{"old, by one: not before 7 days", days{90}, days{7} - minutes{1}, days{7} - minutes{1}, false, false,
               false},
        AgeRow{"old, by one: once more", days{90}, days{7}, days{7}, false, false, true},
        AgeRow{"old, by one: once more also if it was asked while it was new", days{90}, days{8}, days{7}, false, false,
               true},
        AgeRow{"old, by one, asked again a week after it was learnt: for good", days{90}, days{400}, days{393}, false,
               false, false},
        AgeRow{"weak: not within the hour", days{900}, minutes{59}, minutes{59}, true, true, false},
        AgeRow{"weak: after an hour, however old", days{900}, hours{1}, hours{1}, true, true, true},
        AgeRow{"asked by a clock that was ahead of ours for hours", hours{20}, -hours{2}, -hours{2}, false, false,
               false},
        AgeRow{"asked by a clock that was ahead of ours for days", hours{20}, -days{2}, -days{2}, false, false, true}));

TEST(FactAge, OfWhatIsYoungIsAnHourAndOfAllOfItSevenDays) {
  const TimeRange since{kNow - days{100}, kNow};
  const auto due = [&](Duration asked, bool weak) {
    return fact_due_again({since, kNow - asked, kNow - asked, weak}, Interval::HOUR_1, kNow);
  };
  EXPECT_TRUE(due(minutes{59}, false).empty());
  EXPECT_TRUE(due(minutes{59}, true).empty());
  EXPECT_EQ(due(hours{1}, false), (RangeSet{{kNow - hours{36}, kNow}}));
  EXPECT_EQ(due(hours{1}, true), (RangeSet{since}));
  EXPECT_EQ(due(days{7} - minutes{1}, false), (RangeSet{{kNow - hours{36}, kNow}}));
  EXPECT_EQ(due(days{7}, false), (RangeSet{since}));
}

RememberedGap asked(const TimeRange& gap, Duration ago) { return {gap, kNow - ago, kNow - ago}; }

TEST(GapAges, SplitARangeExactly) {
  const TimeRange gap = range("2024-01-01", "2024-06-15");
  EXPECT_EQ(due_again({asked(gap, hours{2})}, {{gap}}, Interval::HOUR_1, kNow),
            (RangeSet{range("2024-06-14T00:00", "2024-06-15")}))
      << "the candle of 00:00 closed 35 hours ago";
  EXPECT_EQ(due_again({asked(gap, days{8})}, {{gap}}, Interval::HOUR_1, kNow),
            (RangeSet{range("2024-03-17T12:00", "2024-06-15")}))
      << "the candle of 12:00 closed 89 days and 23 hours ago";
}

TEST(GapAges, GoByTheCloseOfLongCandles) {
  EXPECT_EQ(due_again({asked(range("2024-01-01", "2024-06-01"), days{8})}, {range("2024-01-01", "2024-06-01")},
                      Interval::MONTH_1, kNow),
            (RangeSet{range("2024-03-01", "2024-06-01")}))
      << "March closed 75 days ago, though it opened 106 ago";
  EXPECT_EQ(due_again({asked(range("2024-06-01", "2024-06-14"), hours{2})}, {}, Interval::DAY_3, kNow),
            (RangeSet{range("2024-06-12", "2024-06-14")}))
      << "that of the 11th closed 36 hours ago";
}

RC_GTEST_PROP(GapAges, AreTheRuleForEachSlot, ()) {
  const Interval interval = *rc::gen::element(Interval::HOUR_1, Interval::DAY_1, Interval::DAY_3, Interval::WEEK_1);
  const Timestamp now = at("2024-06-15") + minutes{*rc::gen::inRange(0, 3000)};
  std::vector<RememberedGap> gaps;
  const auto any_range = [&] {
    const Timestamp begin = interval.floor(now - hours{*rc::gen::inRange(0, 3000)});
    return TimeRange{begin, interval.ceil(begin + hours{*rc::gen::inRange(1, 3000)})};
  };
  for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
    const Timestamp learnt = now - minutes{*rc::gen::element(10, 59, 60, 1000, 10'079, 10'080, 200'000)};
    const Timestamp asked = std::min(now, learnt + minutes{*rc::gen::element(0, 60, 10'079, 10'080, 100'000)});
    gaps.push_back({any_range(), learnt, asked, *rc::gen::inRange(0, 4) == 0});
  }
  const RangeSet both{any_range()};
  const RangeSet due = due_again(gaps, both, interval, now);
  for (Timestamp t = interval.floor(now - hours{3100}); t < now + days{100}; t = interval.next(t)) {
    bool expected = false;
    for (const RememberedGap& gap : gaps) {
      if (!gap.range.contains(t)) continue;
      const Duration age = now - interval.close_of(t);
      const Duration asked = now - gap.asked_at;
      const bool old = age >= days{90};
      const bool never_again = both.contains(t) || gap.asked_at - gap.learnt_at >= days{7};
      expected = expected || (gap.weak && asked >= hours{1}) || (age < hours{36} && asked >= hours{1}) ||
                 (age >= hours{36} && !old && asked >= days{7}) ||
                 (old && !never_again && now - gap.learnt_at >= days{7});
    }
    RC_ASSERT(due.contains(t) == expected);
  }
}

}  // namespace
}  // namespace klinekeep::planner
