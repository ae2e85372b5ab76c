#include "core/candles.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace klinekeep {
namespace {

/// Rows in which every value is another.
Candles rows(std::size_t count) {
  Candles candles;
  std::apply(
      [&](auto&... columns) {
        int base = 0;
        const auto fill = [&](auto& column) {
          using Value = std::decay_t<decltype(column[0])>;
          for (std::size_t row = 0; row < count; ++row)
            column.push_back(static_cast<Value>(base + static_cast<int>(row)));
          base += 1000;
        };
        (fill(columns), ...);
      },
      candles.columns());
  return candles;
}

TEST(Candles, CopyRowsInEveryColumn) {
  const Candles from = rows(5);
  Candles to;
  to.push_back(from, 3);
  to.append(from, 1, 3);
  to.append(from, 2, 2);
  ASSERT_EQ(to.size(), 3U);
  EXPECT_TRUE(to.same_row(0, from, 3));
  EXPECT_TRUE(to.same_row(1, from, 1));
  EXPECT_TRUE(to.same_row(2, from, 2));
  EXPECT_EQ(to.taker_buy_quote_volume, (CandleColumn<double>{10'003, 10'001, 10'002}));
  EXPECT_EQ(to.open_time, (CandleColumn<std::int64_t>{3, 1, 2}));
}

TEST(Candles, AreTheSameRowOnlyIfEveryColumnIs) {
  const Candles a = rows(2);
  EXPECT_TRUE(a.same_row(0, a, 0));
  EXPECT_FALSE(a.same_row(0, a, 1));
  const auto differs_in = [&](auto pointer) {
    Candles b = a;
    (b.*pointer)[0] += 1;
    return !a.same_row(0, b, 0) && a.same_row(1, b, 1);
  };
  EXPECT_TRUE(differs_in(&Candles::open_time));
  EXPECT_TRUE(differs_in(&Candles::open));
  EXPECT_TRUE(differs_in(&Candles::high));
  EXPECT_TRUE(differs_in(&Candles::low));
  EXPECT_TRUE(differs_in(&Candles::close));
  EXPECT_TRUE(differs_in(&Candles::volume));
  EXPECT_TRUE(differs_in(&Candles::close_time));
  EXPECT_TRUE(differs_in(&Candles::quote_volume));
  EXPECT_TRUE(differs_in(&Candles::trades));
  EXPECT_TRUE(differs_in(&Candles::taker_buy_volume));
  EXPECT_TRUE(differs_in(&Candles::taker_buy_quote_volume));
}

TEST(Candles, AreComparedBitForBit) {
  Candles a = rows(1);
  Candles b = a;
  a.open[0] = 0.0;
  b.open[0] = -0.0;
  EXPECT_FALSE(a.same_row(0, b, 0));
  a.open[0] = b.open[0] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(a.same_row(0, b, 0));
}

constexpr std::size_t kManyRows = PageStock::kMinRegion / sizeof(double);

TEST(CandlesInAStock, HandLargeColumnsOn) {
  const auto stock = std::make_shared<PageStock>();
  for (int round = 0; round < 2; ++round) {
    Candles candles = candles_in(stock);
    candles.reserve(kManyRows);
    candles.lay_out(kManyRows);
    EXPECT_EQ(stock->kept(), 0);
    for (std::size_t row = 0; row < kManyRows; ++row) candles.open_time.push_back(static_cast<std::int64_t>(row));
    const Candles moved = std::move(candles);
    EXPECT_EQ(moved.open_time.back(), static_cast<std::int64_t>(kManyRows) - 1);
  }
  EXPECT_EQ(stock->kept(), kSchema.size() * PageStock::kMinRegion);
}

TEST(CandlesInAStock, LeaveSmallColumnsToTheHeap) {
  const auto stock = std::make_shared<PageStock>();
  {
    Candles candles = candles_in(stock);
    candles.reserve(kManyRows - 1);
    candles.lay_out(kManyRows - 1);
  }
  EXPECT_EQ(stock->kept(), 0);
}

TEST(CandlesInAStock, HaveCopiesThatAreNotOfTheStock) {
  const auto stock = std::make_shared<PageStock>();
  Candles copy;
  {
    Candles candles = candles_in(stock);
    candles.open.assign(kManyRows, 1.5);
    copy = candles;
    const Candles another{candles};
    EXPECT_EQ(another.open.get_allocator().stock(), nullptr);
  }
  EXPECT_EQ(copy.open.get_allocator().stock(), nullptr);
  EXPECT_EQ(copy.open, CandleColumn<double>(kManyRows, 1.5));
}

}  // namespace
}  // namespace klinekeep
