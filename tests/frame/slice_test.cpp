#include "frame/slice.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/candle_maker.hpp"
#include "core/times.hpp"

namespace klinekeep::frame {
namespace {

constexpr Interval kMinute = Interval::MINUTE_1;
const Timestamp kBase = at("2024-03-15");

Timestamp minute(int n) { return kBase + std::chrono::minutes{n}; }

Candles minutes(std::initializer_list<int> numbers) {
  Candles candles;
  for (const int n : numbers) push(candles, minute(n), kMinute);
  return candles;
}

TEST(Slice, TakesTheRowsThatOpenInTheRange) {
  const Candles all = minutes({0, 1, 2, 3});
  const auto opens = [&](Timestamp begin, Timestamp end) { return opens_of(slice(all, {begin, end})); };
  EXPECT_EQ(opens(minute(1), minute(3)), (std::vector{minute(1), minute(2)}));
  EXPECT_EQ(opens(minute(1), minute(3) + Duration{1}), (std::vector{minute(1), minute(2), minute(3)}));
  EXPECT_EQ(opens(minute(1) + Duration{1}, minute(3)), (std::vector{minute(2)}));
  EXPECT_EQ(opens(minute(1) - Duration{1}, minute(2) - Duration{1}), (std::vector{minute(1)}));
  EXPECT_EQ(opens(minute(1) + Duration{1}, minute(1) + Duration{2}), (std::vector<Timestamp>{}));
  EXPECT_EQ(opens(minute(2), minute(2)), (std::vector<Timestamp>{}));
  EXPECT_EQ(opens(minute(3), minute(1)), (std::vector<Timestamp>{}));
  EXPECT_EQ(opens(minute(-9), minute(99)).size(), 4U);
  EXPECT_EQ(opens(minute(4), minute(9)), (std::vector<Timestamp>{}));
  EXPECT_EQ(opens(kBeginOfTime, kEndOfTime).size(), 4U);
}

RC_GTEST_PROP(Slice, EqualsALookAtEveryRow, ()) {
  Candles all;
  for (int ms = 0; ms < 12; ++ms) {
    if (*rc::gen::arbitrary<bool>()) push(all, kBase + std::chrono::milliseconds{ms}, kMinute, ms);
  }
  const auto bound = [&] { return kBase + Duration{*rc::gen::inRange(-2000, 14'000)}; };
  const TimeRange range{bound(), bound()};
  Candles expected;
  for (std::size_t row = 0; row < all.size(); ++row) {
    if (range.contains(from_ms(all.open_time[row]))) expected.push_back(all, row);
  }
  RC_ASSERT(same(slice(all, range), expected));
}

TEST(OnGrid, DropsWhatOpensOffTheGrid) {
  Candles mixed = minutes({0, 1});
  push(mixed, minute(1) + std::chrono::milliseconds{14'789}, kMinute);
  push(mixed, minute(2), kMinute);
  EXPECT_TRUE(same(on_grid(mixed, kMinute), minutes({0, 1, 2})));
  EXPECT_TRUE(same(on_grid(minutes({0, 1}), kMinute), minutes({0, 1})));
  EXPECT_EQ(on_grid(minutes({0, 1, 60}), Interval::HOUR_1).size(), 2U);
  EXPECT_TRUE(on_grid({}, kMinute).empty());
}

}  // namespace
}  // namespace klinekeep::frame
