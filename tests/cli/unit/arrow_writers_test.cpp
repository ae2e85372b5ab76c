#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <gtest/gtest.h>
#include <parquet/arrow/reader.h>

#include <cmath>
#include <memory>
#include <string>

#include "batches.hpp"
#include "memory_sink.hpp"

namespace klinekeep::cli {
namespace {

using Table = std::shared_ptr<arrow::Table>;

Table read_ipc_file(const std::string& bytes) {
  const auto reader = arrow::ipc::RecordBatchFileReader::Open(
                          std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(bytes)))
                          .ValueOrDie();
  return reader->ToTable().ValueOrDie();
}

Table read_ipc_stream(const std::string& bytes) {
  const auto reader = arrow::ipc::RecordBatchStreamReader::Open(
                          std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(bytes)))
                          .ValueOrDie();
  return reader->ToTable().ValueOrDie();
}

Table read_parquet(const std::string& bytes) {
  const auto reader =
      parquet::arrow::OpenFile(std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(bytes)),
                               arrow::default_memory_pool())
          .ValueOrDie();
  return reader->ReadTable().ValueOrDie();
}

Table table_of(const Candles& candles, const std::vector<std::size_t>& columns = {}) {
  return arrow::Table::FromRecordBatches(schema_of(columns), {batch_of(candles, columns)}).ValueOrDie();
}

/// Bit for bit, and the same types.
bool same(const arrow::Table& left, const arrow::Table& right) {
  return left.schema()->Equals(right.schema(), /*check_metadata=*/false) &&
         left.Equals(right, arrow::EqualOptions::Defaults().nans_equal(true).signed_zeros_equal(false));
}

Candles with_odd_values(Candles candles) {
  candles.close[1] = std::nan("");
  candles.close[2] = -0.0;
  return candles;
}

TEST(Arrow, WritesTheFileFormatToAFile) {
  const Candles candles = with_odd_values(minute_candles(5000));
  const std::string bytes = written(Format::arrow, candles, {}, {}, 1000, true);
  EXPECT_EQ(bytes.substr(0, 6), "ARROW1");
  EXPECT_EQ(bytes.substr(bytes.size() - 6), "ARROW1");
  EXPECT_TRUE(same(*read_ipc_file(bytes), *table_of(candles)));
}

TEST(Arrow, WritesTheStreamFormatToAllElse) {
  const Candles candles = with_odd_values(minute_candles(5000));
  const std::string bytes = written(Format::arrow, candles, {}, {}, 777);
  EXPECT_NE(bytes.substr(0, 6), "ARROW1");
  EXPECT_TRUE(same(*read_ipc_stream(bytes), *table_of(candles)));
}

TEST(Arrow, WritesTheSchemaOfNothing) {
  EXPECT_TRUE(same(*read_ipc_file(written(Format::arrow, {}, {}, {}, 1, true)), *table_of({})));
  EXPECT_TRUE(same(*read_ipc_stream(written(Format::arrow, {})), *table_of({})));
}

TEST(Arrow, KeepsTheOrderOfTheColumns) {
  const Candles candles = minute_candles(10);
  EXPECT_TRUE(same(*read_ipc_stream(written(Format::arrow, candles, {}, {8, 4, 0})), *table_of(candles, {8, 4, 0})));
}

TEST(Parquet, ReadsBackBitForBit) {
  const Candles candles = with_odd_values(minute_candles(5000));
  for (const bool is_file : {true, false}) {
    const Table back = read_parquet(written(Format::parquet, candles, {}, {}, 777, is_file));
    EXPECT_TRUE(same(*back, *table_of(candles))) << back->schema()->ToString();
  }
}

TEST(Parquet, WritesTheSchemaOfNothing) {
  EXPECT_TRUE(same(*read_parquet(written(Format::parquet, {})), *table_of({})));
}

TEST(Parquet, KeepsTheOrderOfTheColumns) {
  const Candles candles = minute_candles(10);
  EXPECT_TRUE(same(*read_parquet(written(Format::parquet, candles, {}, {8, 4, 0})), *table_of(candles, {8, 4, 0})));
}

TEST(ArrowAndParquet, KeepTheMetadataOfTheSchema) {
  const auto metadata = arrow::key_value_metadata({"klinekeep"}, {R"({"symbol":"BTCUSDT"})"});
  for (const Format format : {Format::arrow, Format::parquet}) {
    Received received;
    const auto writer =
        make_writer(format, std::make_unique<MemorySink>(received, true), schema_of()->WithMetadata(metadata), {});
    writer->write(*batch_of(minute_candles(3)));
    writer->finish();
    const Table back = format == Format::arrow ? read_ipc_file(received.bytes) : read_parquet(received.bytes);
    ASSERT_NE(back->schema()->metadata(), nullptr) << name(format);
    EXPECT_EQ(back->schema()->metadata()->Get("klinekeep").ValueOr("gone"), R"({"symbol":"BTCUSDT"})") << name(format);
  }
}

TEST(ArrowAndParquet, WriteSlicesWithoutWhatIsAroundThem) {
  const Candles candles = minute_candles(100'000);
  const auto all = batch_of(candles);
  for (const Format format : {Format::arrow, Format::parquet}) {
    Received received;
    const auto writer = make_writer(format, std::make_unique<MemorySink>(received, true), schema_of(), {});
    writer->write(*all->Slice(50'000, 10));
    writer->finish();
    EXPECT_LT(received.bytes.size(), 20'000U) << name(format);
    const Table back = format == Format::arrow ? read_ipc_file(received.bytes) : read_parquet(received.bytes);
    EXPECT_TRUE(same(*back, *table_of(candles)->Slice(50'000, 10))) << name(format);
  }
}

}  // namespace
}  // namespace klinekeep::cli
