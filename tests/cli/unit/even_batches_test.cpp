#include "output/even_batches.hpp"

#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "batches.hpp"
#include "memory_sink.hpp"

namespace klinekeep::cli {
namespace {

/// Notes what it is given.
class NotingWriter final : public CandleWriter {
 public:
  void write(const arrow::RecordBatch& batch) override { rows.push_back(batch.num_rows()); }
  void finish() override { finished = true; }

  std::vector<std::int64_t> rows;
  bool finished = false;
};

/// What an Arrow file of the candles is, given in batches of these sizes in turn.
std::string file_of(const std::shared_ptr<arrow::RecordBatch>& all, Format format, std::vector<std::int64_t> sizes) {
  Received received;
  const auto writer = make_writer(format, std::make_unique<MemorySink>(received, true), all->schema(), {});
  EvenBatches batches{*writer, format};
  std::size_t turn = 0;
  for (std::int64_t row = 0; row < all->num_rows();) {
    const std::int64_t size = sizes[turn++ % sizes.size()];
    batches.add(all->Slice(row, size));
    row += size;
  }
  batches.finish();
  return received.bytes;
}

TEST(EvenBatches, PassesOnBatchesOfOneSizeAndTheRest) {
  const auto all = batch_of(minute_candles(150'000), {0});
  NotingWriter writer;
  EvenBatches batches{writer, Format::arrow};
  batches.add(all->Slice(0, 1));
  batches.add(all->Slice(1, 0));
  batches.add(all->Slice(1, 149'999));
  EXPECT_EQ(writer.rows, (std::vector<std::int64_t>{65'536, 65'536}));
  EXPECT_FALSE(writer.finished);
  batches.finish();
  EXPECT_EQ(writer.rows, (std::vector<std::int64_t>{65'536, 65'536, 18'928}));
  EXPECT_TRUE(writer.finished);
}

TEST(EvenBatches, PassesOnWhatTextIsMadeOfAsItComes) {
  const auto all = batch_of(minute_candles(10), {0});
  for (const Format format : {Format::csv, Format::json, Format::table}) {
    NotingWriter writer;
    EvenBatches batches{writer, format};
    batches.add(all->Slice(0, 3));
    batches.add(all->Slice(3, 7));
    batches.finish();
    EXPECT_EQ(writer.rows, (std::vector<std::int64_t>{3, 7}));
    EXPECT_TRUE(writer.finished);
  }
}

TEST(EvenBatches, WritesNothingForNothing) {
  NotingWriter writer;
  EvenBatches batches{writer, Format::arrow};
  batches.add(batch_of({}, {0}));
  batches.finish();
  EXPECT_TRUE(writer.rows.empty());
  EXPECT_TRUE(writer.finished);
}

/// C8: the same answer to the bit, as a file too.
TEST(EvenBatches, MakeTheSameFileOfTheSameCandles) {
  const auto all = batch_of(minute_candles(150'000));
  for (const Format format : {Format::arrow, Format::parquet}) {
    const std::string whole = file_of(all, format, {150'000});
    EXPECT_EQ(file_of(all, format, {65'536}), whole) << name(format);
    EXPECT_EQ(file_of(all, format, {1'000, 44'640, 7}), whole) << name(format);
  }
}

}  // namespace
}  // namespace klinekeep::cli
