#include "frame/table.hpp"

#include <arrow/table.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include <limits>

#include "core/candle_maker.hpp"
#include "core/times.hpp"

namespace klinekeep::frame {
namespace {

TEST(ArrowSchema, IsTheOneThatIsPromised) {
  const auto schema = arrow_schema();
  EXPECT_EQ(schema->ToString(),
            "open_time: timestamp[ms, tz=UTC] not null\n"
            "open: double not null\n"
            "high: double not null\n"
            "low: double not null\n"
            "close: double not null\n"
            "volume: double not null\n"
            "close_time: int64 not null\n"
            "quote_volume: double not null\n"
            "trades: int64 not null\n"
            "taker_buy_volume: double not null\n"
            "taker_buy_quote_volume: double not null");
}

TEST(Table, HoldsTheCandles) {
  const Candles candles = candles_in(range("2024-03-15", "2024-03-16"), Interval::HOUR_1, 7);
  const auto table = to_table(candles);
  ASSERT_TRUE(table->ValidateFull().ok());
  EXPECT_EQ(table->num_rows(), 24);
  EXPECT_TRUE(table->schema()->Equals(*arrow_schema(), /*check_metadata=*/true));
  for (const auto& column : table->columns()) EXPECT_EQ(column->null_count(), 0);
  EXPECT_TRUE(same(to_candles(*table), candles));
}

TEST(Table, OfNothingHasTheFullSchema) {
  const auto table = to_table({});
  ASSERT_TRUE(table->ValidateFull().ok());
  EXPECT_EQ(table->num_rows(), 0);
  EXPECT_TRUE(table->schema()->Equals(*arrow_schema(), /*check_metadata=*/true));
  EXPECT_TRUE(to_candles(*table).empty());
}

TEST(Table, KeepsEveryBit) {
  using Limits = std::numeric_limits<double>;
  Candles candles;
  for (const double value : {0.0, -0.0, Limits::denorm_min(), Limits::max(), Limits::quiet_NaN(), Limits::infinity(),
                             116'340'254'505.95043233}) {
    push(candles, at("2024-03-15"), Interval::DAY_1, 1);
    candles.quote_volume.back() = value;
  }
  candles.close_time.back() = std::numeric_limits<std::int64_t>::max();
  EXPECT_TRUE(same(to_candles(*to_table(candles)), candles));
}

TEST(Table, OfSeveralChunksIsReadWhole) {
  const Candles a = candles_in(range("2024-03-15", "2024-03-16"), Interval::HOUR_1, 1);
  const Candles b = candles_in(range("2024-03-16", "2024-03-18"), Interval::HOUR_1, 2);
  const auto joined = arrow::ConcatenateTables({to_table(a), to_table({}), to_table(b)}).ValueOrDie();
  Candles all = a;
  all.append(b, 0, b.size());
  EXPECT_TRUE(same(to_candles(*joined), all));
  Candles tail;  // a slice begins inside a chunk
  tail.append(all, 20, 30);
  EXPECT_TRUE(same(to_candles(*joined->Slice(20, 10)), tail));
}

}  // namespace
}  // namespace klinekeep::frame
