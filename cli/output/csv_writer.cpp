#include "output/writers.hpp"

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <utility>
#include <vector>

#include "output/batch_view.hpp"
#include "output/column_text.hpp"
#include "output/number_text.hpp"
#include "output/text_buffer.hpp"

namespace klinekeep::cli {
namespace {

class CsvWriter final : public CandleWriter {
 public:
  CsvWriter(std::unique_ptr<ByteSink> sink, std::shared_ptr<arrow::Schema> schema, const WriterOptions& options)
      : sink_(std::move(sink)),
        schema_(std::move(schema)),
        time_(options.time),
        kernels_(options.kernels),
        buffer_(*sink_) {
    std::string header;
    for (const auto& field : schema_->fields()) header.append(header.empty() ? "" : ",").append(field->name());
    buffer_.put(header.append("\n"));
  }

  void write(const arrow::RecordBatch& batch) override {
    check_batch(batch, *schema_);
    std::vector<ColumnText> columns = column_texts(batch, kernels_);
    const std::size_t room = columns.size() * (kMaxNumberText + 1) * ColumnText::kRows;
    for_each_block(columns, batch.num_rows(), [&](std::int64_t first, std::int64_t end) {
      char* out = buffer_.room(room);
      for (std::int64_t row = first; row < end; ++row) out = put_row(out, columns, row);
      buffer_.used_to(out);
    });
  }

  void finish() override {
    buffer_.flush();
    sink_->commit();
  }

 private:
  char* put_row(char* out, const std::vector<ColumnText>& columns, std::int64_t row) const {
    for (const ColumnText& column : columns) {
      out = put_value(out, column, row);
      *out++ = ',';
    }
    out[-1] = '\n';
    return out;
  }

  char* put_value(char* out, const ColumnText& column, std::int64_t row) const {
    if (time_ == TimeStyle::iso && column.values().type == ColumnType::timestamp_ms)
      return put_iso_ms(out, column.values().ints[row]);
    return column.put(out, row);
  }

  std::unique_ptr<ByteSink> sink_;
  std::shared_ptr<arrow::Schema> schema_;
  TimeStyle time_;
  Kernels kernels_;
  TextBuffer buffer_;
};

}  // namespace

std::unique_ptr<CandleWriter> make_csv_writer(std::unique_ptr<ByteSink> sink, std::shared_ptr<arrow::Schema> schema,
                                              const WriterOptions& options) {
  return std::make_unique<CsvWriter>(std::move(sink), std::move(schema), options);
}

}  // namespace klinekeep::cli
