#include "output/csv_writer.hpp"

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <utility>
#include <vector>

#include "output/batch_view.hpp"
#include "output/number_text.hpp"
#include "output/text_buffer.hpp"

namespace klinekeep::cli {
namespace {

class CsvWriter final : public CandleWriter {
 public:
  CsvWriter(std::unique_ptr<ByteSink> sink, std::shared_ptr<arrow::Schema> schema, TimeStyle time)
      : sink_(std::move(sink)), schema_(std::move(schema)), time_(time), buffer_(*sink_) {
    std::string header;
    for (const auto& field : schema_->fields()) header.append(header.empty() ? "" : ",").append(field->name());
    buffer_.put(header.append("\n"));
  }

  void write(const arrow::RecordBatch& batch) override {
    check_batch(batch, *schema_);
    const std::vector<ColumnValues> columns = column_values(batch);
    const std::size_t room = columns.size() * (kMaxNumberText + 1);
    for (std::int64_t row = 0; row < batch.num_rows(); ++row) {
      char* out = buffer_.room(room);
      for (const ColumnValues& column : columns) {
        out = put_value(out, column, row);
        *out++ = ',';
      }
      out[-1] = '\n';
      buffer_.used_to(out);
    }
  }

  void finish() override {
    buffer_.flush();
    sink_->commit();
  }

 private:
  char* put_value(char* out, const ColumnValues& column, std::int64_t row) const {
    if (column.type == ColumnType::float64) return put_double(out, column.doubles[row]);
    const std::int64_t value = column.ints[row];
    const bool iso = column.type == ColumnType::timestamp_ms && time_ == TimeStyle::iso;
    return iso ? put_iso_ms(out, value) : put_int(out, value);
  }

  std::unique_ptr<ByteSink> sink_;
  std::shared_ptr<arrow::Schema> schema_;
  TimeStyle time_;
  TextBuffer buffer_;
};

}  // namespace

std::unique_ptr<CandleWriter> make_csv_writer(std::unique_ptr<ByteSink> sink, std::shared_ptr<arrow::Schema> schema,
                                              const WriterOptions& options) {
  return std::make_unique<CsvWriter>(std::move(sink), std::move(schema), options.time);
}

}  // namespace klinekeep::cli
