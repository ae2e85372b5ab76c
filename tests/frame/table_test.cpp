#include "frame/table.hpp"

#include <arrow/array/data.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include <limits>
#include <numeric>

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

TEST(View, IsOfTheRowsAndColumnsThatAreWantedWithoutACopy) {
  const auto batch = to_batch(candles_in(range("2024-03-15", "2024-03-16"), Interval::HOUR_1, 7));
  const std::vector<std::size_t> columns{4, 0};
  const auto schema = arrow_schema(columns);
  EXPECT_EQ(schema->ToString(), "close: double not null\nopen_time: timestamp[ms, tz=UTC] not null");
  for (const auto& [first, last] : {std::pair{0, 24}, std::pair{5, 7}, std::pair{24, 24}}) {
    const auto part = view(batch, columns, schema, first, last);
    ASSERT_TRUE(part->ValidateFull().ok());
    EXPECT_TRUE(part->Equals(*batch->SelectColumns({4, 0}).ValueOrDie()->Slice(first, last - first)));
    EXPECT_EQ(part->column_data(0)->buffers[1]->address(), batch->column_data(4)->buffers[1]->address());
  }
}

TEST(View, OfAllIsTheBatchItself) {
  const auto batch = to_batch(candles_in(range("2024-03-15", "2024-03-16"), Interval::HOUR_1, 7));
  std::vector<std::size_t> all(kSchema.size());
  std::iota(all.begin(), all.end(), 0U);
  EXPECT_EQ(arrow_schema(all), arrow_schema());
  EXPECT_EQ(view(batch, all, arrow_schema(all), 0, 24), batch);
  std::swap(all[1], all[2]);
  EXPECT_FALSE(arrow_schema(all)->Equals(*arrow_schema()));
  EXPECT_EQ(view(batch, all, arrow_schema(all), 0, 24)->column_data(1), batch->column_data(2));
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
