#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include "batches.hpp"
#include "memory_sink.hpp"
#include "output/text_buffer.hpp"

namespace klinekeep::cli {
namespace {

using testing::HasSubstr;

constexpr auto kHeader =
    "open_time,open,high,low,close,volume,close_time,quote_volume,trades,taker_buy_volume,taker_buy_quote_volume\n";
const std::vector<std::size_t> kTimeAndClose{0, 4};

Candles two_candles() {
  return {.open_time = {1'704'067'200'000, 1'704'067'260'500},
          .open = {7195.24, 0.00002853},
          .high = {7195.25, 1e22},
          .low = {126, 1e-30},
          .close = {7195, -0.0},
          .volume = {0, 0.1},
          .close_time = {1'704'067'259'999, 1'704'067'319'999},
          .quote_volume = {16.25, 2},
          .trades = {7, 0},
          .taker_buy_volume = {3, 4},
          .taker_buy_quote_volume = {5, 6}};
}

WriterOptions iso() {
  WriterOptions options;
  options.time = TimeStyle::iso;
  return options;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

TEST(Csv, WritesAHeaderAndARowACandle) {
  EXPECT_EQ(written(Format::csv, two_candles()),
            std::string(kHeader) +
                "1704067200000,7195.24,7195.25,126,7195,0,1704067259999,16.25,7,3,5\n"
                "1704067260500,0.00002853,10000000000000000000000,1e-30,-0,0.1,1704067319999,2,0,4,6\n");
}

TEST(Csv, WritesTheHeaderWhenThereIsNothingElse) { EXPECT_EQ(written(Format::csv, {}), kHeader); }

TEST(Csv, WritesOpenTimeAsIsoIfAsked) {
  EXPECT_EQ(written(Format::csv, two_candles(), iso(), {0, 6}),
            "open_time,close_time\n"
            "2024-01-01T00:00:00Z,1704067259999\n"
            "2024-01-01T00:01:00.500Z,1704067319999\n");
}

TEST(Csv, KeepsTheOrderOfTheColumns) {
  EXPECT_EQ(written(Format::csv, two_candles(), {}, {8, 4, 0}),
            "trades,close,open_time\n7,7195,1704067200000\n0,-0,1704067260500\n");
}

TEST(Csv, WritesNan) {
  Candles candles = two_candles();
  candles.close = {std::nan(""), 1};
  EXPECT_EQ(written(Format::csv, candles, {}, kTimeAndClose), "open_time,close\n1704067200000,nan\n1704067260500,1\n");
}

TEST(Csv, DoesNotDependOnTheBatches) {
  const Candles candles = minute_candles(5000);  // more than a buffer
  const std::string whole = written(Format::csv, candles, {}, {}, 5000);
  EXPECT_GT(whole.size(), 300'000U);
  for (const std::int64_t rows : {1, 7, 4096}) EXPECT_EQ(written(Format::csv, candles, {}, {}, rows), whole) << rows;
}

TEST(Csv, ReadsBackBitForBit) {
  const Candles candles = minute_candles(5000);
  const auto lines = lines_of(written(Format::csv, candles));
  ASSERT_EQ(lines.size(), 5001U);
  for (std::size_t row = 0; row < candles.size(); ++row) {
    const char* at = lines[row + 1].c_str();
    const auto number = [&at] {
      char* end = nullptr;
      const double value = std::strtod(at, &end);
      at = *end == ',' ? end + 1 : end;
      return value;
    };
    const auto expect = [&](const auto& column) {
      using Value = typename std::remove_cvref_t<decltype(column)>::value_type;
      if constexpr (std::is_same_v<Value, double>) {
        ASSERT_EQ(std::bit_cast<std::uint64_t>(number()), std::bit_cast<std::uint64_t>(column[row]));
      } else {
        ASSERT_EQ(static_cast<Value>(number()), column[row]);
      }
    };
    std::apply([&](const auto&... columns) { (expect(columns), ...); }, candles.columns());
    ASSERT_EQ(*at, '\0');
  }
}

TEST(Json, WritesOneObjectALine) {
  EXPECT_EQ(
      written(Format::json, two_candles()),
      "[\n"
      R"({"open_time":1704067200000,"open":7195.24,"high":7195.25,"low":126,"close":7195,"volume":0,)"
      R"("close_time":1704067259999,"quote_volume":16.25,"trades":7,"taker_buy_volume":3,"taker_buy_quote_volume":5})"
      ",\n"
      R"({"open_time":1704067260500,"open":0.00002853,"high":10000000000000000000000,"low":1e-30,"close":-0,"volume":0.1,)"
      R"("close_time":1704067319999,"quote_volume":2,"trades":0,"taker_buy_volume":4,"taker_buy_quote_volume":6})"
      "\n]\n");
}

TEST(Json, WritesAnEmptyArrayWhenThereIsNothing) { EXPECT_EQ(written(Format::json, {}), "[]\n"); }

TEST(Json, WritesNullForWhatJsonCannotSay) {
  Candles candles = two_candles();
  candles.close = {std::nan(""), HUGE_VAL};
  EXPECT_EQ(written(Format::json, candles, {}, {4}), "[\n{\"close\":null},\n{\"close\":null}\n]\n");
}

TEST(Json, WritesOpenTimeAsAStringIfAsked) {
  EXPECT_EQ(written(Format::json, two_candles(), iso(), {6, 0}),
            "[\n"
            "{\"close_time\":1704067259999,\"open_time\":\"2024-01-01T00:00:00Z\"},\n"
            "{\"close_time\":1704067319999,\"open_time\":\"2024-01-01T00:01:00.500Z\"}\n"
            "]\n");
}

TEST(Json, DoesNotDependOnTheBatches) {
  const Candles candles = minute_candles(3000);
  const std::string whole = written(Format::json, candles, {}, {}, 3000);
  for (const std::int64_t rows : {1, 7, 2048}) EXPECT_EQ(written(Format::json, candles, {}, {}, rows), whole) << rows;
  EXPECT_EQ(lines_of(whole).size(), 3002U);
}

TEST(TextBuffer, MakesRoomBeforeItIsOverrun) {
  Received received;
  MemorySink sink{received};
  TextBuffer buffer{sink};
  const std::string much(TextBuffer::kSize / 2 + 1, 'a');
  buffer.put(much);
  EXPECT_EQ(received.bytes, "");
  buffer.put(much);
  EXPECT_EQ(received.bytes, much);
  buffer.flush();
  EXPECT_EQ(received.bytes, much + much);
}

TEST(Writers, HoldTextBackUntilThereIsABlockOfIt) {
  Received received;
  const auto writer = make_writer(Format::csv, std::make_unique<MemorySink>(received), schema_of(), {});
  const auto batch = batch_of(minute_candles(100));
  for (int i = 0; i < 100; ++i) writer->write(*batch);
  writer->finish();
  EXPECT_LT(received.writes, 20);
  EXPECT_GT(received.bytes.size(), 700'000U);
}

TEST(Writers, CommitOnlyWhenFinished) {
  for (const Format format : {Format::csv, Format::json, Format::arrow, Format::parquet, Format::table}) {
    Received received;
    std::size_t before = 0;
    {
      const auto writer = make_writer(format, std::make_unique<MemorySink>(received, true), schema_of(), {});
      writer->write(*batch_of(minute_candles(5000)));
      before = received.bytes.size();
    }
    EXPECT_FALSE(received.committed) << name(format);
    EXPECT_EQ(received.bytes.size(), before) << name(format) << ": written to while going away";
  }
}

TEST(Writers, PassOnWhatTheSinkThrows) {
  for (const Format format : {Format::csv, Format::json, Format::arrow, Format::parquet, Format::table}) {
    Received received;
    const auto batch = batch_of(minute_candles(5000));
    EXPECT_THROW(
        {
          const auto writer = make_writer(format, std::make_unique<MemorySink>(received, false, 100), schema_of(), {});
          for (int i = 0; i < 100; ++i) writer->write(*batch);
          writer->finish();
        },
        PipeClosed)
        << name(format);
    EXPECT_FALSE(received.committed) << name(format);
  }
}

TEST(Writers, RefuseBatchesThatTheyWereNotMadeFor) {
  arrow::DoubleBuilder builder;
  ASSERT_TRUE(builder.AppendNull().ok());
  const auto nulls = arrow::RecordBatch::Make(schema_of({4}), 1, {builder.Finish().ValueOrDie()});
  for (const Format format : {Format::csv, Format::json, Format::arrow, Format::parquet, Format::table}) {
    Received received;
    const auto writer = make_writer(format, std::make_unique<MemorySink>(received), schema_of({4}), {});
    EXPECT_THROW(writer->write(*batch_of(two_candles(), {1})), std::invalid_argument) << name(format);
    EXPECT_THROW(writer->write(*batch_of(two_candles(), {4, 1})), std::invalid_argument) << name(format);
    EXPECT_THROW(writer->write(*nulls), std::invalid_argument) << name(format);
  }
}

TEST(Writers, RefuseSchemasThatAreNotOfCandles) {
  const auto make = [](const std::shared_ptr<arrow::DataType>& type, const std::string& name) {
    Received received;
    (void)make_writer(Format::csv, std::make_unique<MemorySink>(received), arrow::schema({arrow::field(name, type)}),
                      {});
  };
  EXPECT_NO_THROW(make(arrow::float64(), "close"));
  EXPECT_THROW(make(arrow::float32(), "close"), std::invalid_argument);
  EXPECT_THROW(make(arrow::float64(), "trades"), std::invalid_argument);
  EXPECT_THROW(make(arrow::float64(), "vwap"), std::invalid_argument);
  EXPECT_THROW(make(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), "open_time"), std::invalid_argument);
  Received received;
  EXPECT_THROW((void)make_writer(Format::csv, std::make_unique<MemorySink>(received), arrow::schema({}), {}),
               std::invalid_argument);
}

}  // namespace
}  // namespace klinekeep::cli
