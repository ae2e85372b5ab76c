#include "output/writers.hpp"

#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <utility>

#include "output/batch_view.hpp"
#include "output/sink_stream.hpp"

namespace klinekeep::cli {
namespace {

class ArrowWriter final : public CandleWriter {
 public:
  ArrowWriter(std::unique_ptr<ByteSink> sink, std::shared_ptr<arrow::Schema> schema)
      : sink_(std::move(sink)), schema_(std::move(schema)), stream_(std::make_shared<SinkStream>(*sink_)) {
    auto writer = sink_->is_file() ? arrow::ipc::MakeFileWriter(stream_, schema_)
                                   : arrow::ipc::MakeStreamWriter(stream_, schema_);
    stream_->check(writer.status());
    writer_ = *std::move(writer);
  }

  ~ArrowWriter() override { stream_->abandon(); }

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
  std::shared_ptr<arrow::ipc::RecordBatchWriter> writer_;
};

}  // namespace

std::unique_ptr<CandleWriter> make_arrow_writer(std::unique_ptr<ByteSink> sink, std::shared_ptr<arrow::Schema> schema,
                                                const WriterOptions& /*options*/) {
  return std::make_unique<ArrowWriter>(std::move(sink), std::move(schema));
}

}  // namespace klinekeep::cli
