#include "output/writers.hpp"

#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/compression.h>
#include <parquet/arrow/writer.h>
#include <parquet/properties.h>

#include <utility>

#include "output/batch_view.hpp"
#include "output/sink_stream.hpp"

namespace klinekeep::cli {
namespace {

constexpr std::int64_t kRowsPerGroup = 256 * 1024;  // a group waits in memory until it is full

std::shared_ptr<parquet::WriterProperties> writer_properties() {
  parquet::WriterProperties::Builder builder;
  builder.max_row_group_length(kRowsPerGroup);
  for (const auto codec : {arrow::Compression::ZSTD, arrow::Compression::SNAPPY}) {
    if (!arrow::util::Codec::IsAvailable(codec)) continue;
    builder.compression(codec);
    break;
  }
  return builder.build();
}

class ParquetWriter final : public CandleWriter {
 public:
  ParquetWriter(std::unique_ptr<ByteSink> sink, std::shared_ptr<arrow::Schema> schema)
      : sink_(std::move(sink)), schema_(std::move(schema)), stream_(std::make_shared<SinkStream>(*sink_)) {
    const auto keep_schema = parquet::ArrowWriterProperties::Builder().store_schema()->build();
    auto writer = parquet::arrow::FileWriter::Open(*schema_, arrow::default_memory_pool(), stream_, writer_properties(),
                                                   keep_schema);
    stream_->check(writer.status());
    writer_ = *std::move(writer);
  }

  ~ParquetWriter() override { stream_->abandon(); }

  void write(const arrow::RecordBatch& batch) override {
    check_batch(batch, *schema_);
    stream_->check(writer_->WriteRecordBatch(batch));
  }

  void finish() override {
    stream_->check(writer_->Close());
    stream_->check(stream_->Close());
    sink_->commit();
  }

 private:
  std::unique_ptr<ByteSink> sink_;
  std::shared_ptr<arrow::Schema> schema_;
  std::shared_ptr<SinkStream> stream_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
};

}  // namespace

std::unique_ptr<CandleWriter> make_parquet_writer(std::unique_ptr<ByteSink> sink, std::shared_ptr<arrow::Schema> schema,
                                                  const WriterOptions& /*options*/) {
  return std::make_unique<ParquetWriter>(std::move(sink), std::move(schema));
}

}  // namespace klinekeep::cli
