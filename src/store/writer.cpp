#include "store/writer.hpp"

#include <arrow/array/array_base.h>
#include <arrow/array/data.h>
#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <arrow/ipc/options.h>
#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <exception>
#include <stdexcept>

#include "frame/status.hpp"
#include "frame/table.hpp"
#include "store/footer.hpp"
#include "store/hash.hpp"

namespace klinekeep::store {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

constexpr std::size_t kBuffer = 1 << 20;
constexpr std::int64_t kMagicSize = 8;

/// Arrow's output, gathered into large writes. What the file throws is kept for after Arrow, which knows no exceptions.
class Sink final : public arrow::io::OutputStream {
 public:
  explicit Sink(WriteFile& file) : file_(file) {
    set_mode(arrow::io::FileMode::WRITE);
    buffer_.reserve(kBuffer);
  }
  ~Sink() override = default;

  arrow::Status Write(const void* data, std::int64_t size) override {
    const std::span bytes{static_cast<const std::byte*>(data), static_cast<std::size_t>(size)};
    if (position_ < kHead) head_.insert(head_.end(), bytes.begin(), bytes.end());
    position_ += size;
    try {
      if (buffer_.size() + bytes.size() > kBuffer) flush_buffer();
      if (bytes.size() >= kBuffer / 4) {
        flush_buffer();
        write_all(file_, bytes);
      } else {
        buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
      }
    } catch (const std::exception& error) {
      failure_ = std::current_exception();
      return arrow::Status::IOError(error.what());
    }
    return arrow::Status::OK();
  }
  arrow::Result<std::int64_t> Tell() const override { return position_; }
  bool closed() const override { return closed_; }
  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }

  std::int64_t position() const { return position_; }
  void flush_buffer() {
    write_all(file_, buffer_);
    buffer_.clear();
  }
  /// Where the first batch begins: behind the magic and the message of the schema, whose length stands in it.
  std::int64_t end_of_schema() const {
    std::int32_t length = 0;
    std::memcpy(&length, head_.data() + kMagicSize + 4, sizeof length);
    return kMagicSize + 8 + length;
  }
  void check(const arrow::Status& status) const {
    if (status.ok()) return;
    if (failure_) std::rethrow_exception(failure_);
    frame::check_memory(status);
    throw std::logic_error("cannot write a partition: " + status.ToString());
  }

 private:
  static constexpr std::int64_t kHead = 16;
  WriteFile& file_;
  std::vector<std::byte> buffer_;
  std::vector<std::byte> head_;
  std::int64_t position_ = 0;
  bool closed_ = false;
  std::exception_ptr failure_;
};

BatchEntry describe(const arrow::RecordBatch& batch) {
  BatchEntry entry;
  entry.rows = batch.num_rows();
  entry.body_length = entry.rows * kValueBytes * batch.num_columns();
  for (int column = 0; column < batch.num_columns(); ++column) {
    const auto* const values = batch.column_data(column)->GetValues<std::int64_t>(1);
    const std::span all{values, static_cast<std::size_t>(entry.rows)};
    entry.xxh3.at(static_cast<std::size_t>(column)) = xxh3(std::as_bytes(all));
    if (column != 0) continue;
    entry.first = all.front();
    entry.last = all.back();
  }
  return entry;
}

}  // namespace

void write_partition(WriteFile& file, const PartitionKey& key, const Candles& rows, const Coverage& coverage) {
  Footer footer;
  footer.rows = static_cast<std::int64_t>(rows.size());
  footer.coverage = coverage;

  constexpr std::int64_t kLarge = 1 << 20;
  const std::int64_t bytes = footer.rows * kValueBytes * static_cast<std::int64_t>(kSchema.size());
  if (bytes >= kLarge) file.expect(bytes);
  Sink sink{file};
  const auto metadata = std::make_shared<arrow::KeyValueMetadata>();
  arrow::ipc::IpcWriteOptions options = arrow::ipc::IpcWriteOptions::Defaults();
  options.use_threads = false;
  auto made = arrow::ipc::MakeFileWriter(&sink, frame::arrow_schema(), options, metadata);
  sink.check(made.status());
  arrow::ipc::RecordBatchWriter& writer = **made;

  for (std::int64_t first = 0; first < footer.rows; first += kBatchRows) {
    const auto batch = frame::view_of(rows, first, std::min(footer.rows, first + kBatchRows));
    BatchEntry entry = describe(*batch);
    const std::int64_t before = sink.position();
    sink.check(writer.WriteRecordBatch(*batch));
    entry.offset = footer.batches.empty() ? sink.end_of_schema() : before;
    entry.metadata_length = sink.position() - entry.offset - entry.body_length;
    footer.batches.push_back(std::move(entry));
  }

  if (const std::string fault = fault_of(footer, key); !fault.empty())
    throw std::logic_error("refused to write a partition: " + fault);
  const std::string json = to_json(footer, key);
  metadata->Append(kFooterKey, json);
  metadata->Append(kFooterSumKey, xxh3(std::as_bytes(std::span{json})));
  sink.check(writer.Close());
  sink.flush_buffer();
}

}  // namespace klinekeep::store
