#include "sources/merge.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/candle_maker.hpp"
#include "core/times.hpp"

namespace klinekeep::sources {
namespace {

constexpr Interval kMinute = Interval::MINUTE_1;
const Timestamp kBase = at("2024-03-15");

Timestamp minute(int n) { return kBase + std::chrono::minutes{n}; }

Candles minutes(std::initializer_list<int> numbers, double value = 1) {
  Candles candles;
  for (const int n : numbers) push(candles, minute(n), kMinute, value);
  return candles;
}

std::vector<Part> parts(std::initializer_list<Part> list) { return list; }

TEST(Merge, OfNothingIsNothing) {
  EXPECT_TRUE(merge({}).candles.empty());
  EXPECT_TRUE(merge(parts({{{}, 0}, {{}, 1}})).candles.empty());
}

TEST(Merge, PutsPartsInOrder) {
  const Merged merged = merge(parts({{minutes({4, 5}), 0}, {{}, 0}, {minutes({1}), 0}, {minutes({2, 3}), 1}}));
  EXPECT_TRUE(same(merged.candles, minutes({1, 2, 3, 4, 5})));
  EXPECT_TRUE(merged.conflicts.empty());
}

TEST(Merge, InterleavesOverlappingParts) {
  const Merged merged = merge(parts({{minutes({1, 3, 5}), 0}, {minutes({2, 4}), 1}, {minutes({0, 6}), 1}}));
  EXPECT_TRUE(same(merged.candles, minutes({0, 1, 2, 3, 4, 5, 6})));
  EXPECT_TRUE(merged.conflicts.empty());
}

TEST(Merge, KeepsEqualRowsOnceAndQuietly) {
  const Merged merged = merge(parts({{minutes({1, 2}), 1}, {minutes({2, 3}), 0}}));
  EXPECT_TRUE(same(merged.candles, minutes({1, 2, 3})));
  EXPECT_TRUE(merged.conflicts.empty());
}

TEST(Merge, LetsTheLowestRankWinAndTellsTheConflict) {
  for (const bool day_first : {true, false}) {  // in whatever order they came
    const Part day{minutes({2}, 20), 0};
    const Part month{minutes({1, 2, 3}, 10), 1};
    const Merged merged = merge(day_first ? parts({day, month}) : parts({month, day}));
    EXPECT_EQ(merged.candles.low, (CandleColumn<double>{10, 20, 10}));
    EXPECT_EQ(merged.conflicts, (std::vector{minute(2)}));
  }
}

TEST(Merge, TellsAConflictOnTheBorder) {
  const Merged merged = merge(parts({{minutes({1, 2}, 1), 0}, {minutes({2, 3}, 2), 0}}));
  EXPECT_EQ(opens_of(merged.candles), (std::vector{minute(1), minute(2), minute(3)}));
  EXPECT_EQ(merged.conflicts, (std::vector{minute(2)}));
}

RC_GTEST_PROP(Merge, EqualsAMapOfTheBestRanks, ()) {
  std::vector<Part> list;
  std::map<std::int64_t, std::map<int, double>> by_time;  // open_time -> rank -> value
  const int count = *rc::gen::inRange(0, 5);
  for (int rank = 0; rank < count; ++rank) {  // each rank once, so that the winner is certain
    Part part{{}, rank};
    for (int n = 0; n < 12; ++n) {
      if (*rc::gen::inRange(0, 3) == 0) continue;
      const double value = *rc::gen::inRange(1, 3);
      push(part.candles, minute(n), kMinute, value);
      by_time[to_ms(minute(n))][rank] = value;
    }
    list.push_back(std::move(part));
  }
  if (*rc::gen::arbitrary<bool>()) std::ranges::reverse(list);

  Candles expected;
  std::set<Timestamp> conflicts;
  for (const auto& [ms, ranks] : by_time) {
    push(expected, from_ms(ms), kMinute, ranks.begin()->second);
    for (const auto& [rank, value] : ranks) {
      if (value != ranks.begin()->second) conflicts.insert(from_ms(ms));
    }
  }
  const Merged merged = merge(list);
  RC_ASSERT(same(merged.candles, expected));
  RC_ASSERT((std::set<Timestamp>{merged.conflicts.begin(), merged.conflicts.end()}) == conflicts);
}

RC_GTEST_PROP(Merge, KeepsOneOfTheLowestRanksWhenTheyTie, ()) {
  std::vector<Part> list;
  std::map<std::int64_t, std::map<int, std::set<double>>> by_time;
  for (int i = *rc::gen::inRange(0, 6); i > 0; --i) {
    Part part{{}, *rc::gen::inRange(0, 2)};
    for (int n = *rc::gen::inRange(0, 8); n < 12; n += *rc::gen::inRange(1, 4)) {
      const double value = *rc::gen::inRange(1, 3);
      push(part.candles, minute(n), kMinute, value);
      by_time[to_ms(minute(n))][part.rank].insert(value);
    }
    list.push_back(std::move(part));
  }
  const Merged merged = merge(list);
  RC_ASSERT(merged.candles.size() == by_time.size());
  std::size_t row = 0;
  for (const auto& [ms, ranks] : by_time) {
    RC_ASSERT(merged.candles.open_time[row] == ms);
    RC_ASSERT(ranks.begin()->second.contains(merged.candles.low[row]));
    std::set<double> all;
    for (const auto& [rank, values] : ranks) all.insert(values.begin(), values.end());
    RC_ASSERT((std::ranges::count(merged.conflicts, from_ms(ms)) > 0) == (all.size() > 1));
    ++row;
  }
}

}  // namespace
}  // namespace klinekeep::sources
