#include "output/writers.hpp"

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <cmath>
#include <utility>
#include <vector>

#include "output/batch_view.hpp"
#include "output/column_text.hpp"
#include "output/number_text.hpp"
#include "output/text_buffer.hpp"

namespace klinekeep::cli {
namespace {

char* put_text(char* out, std::string_view text) { return out + text.copy(out, text.size()); }

class JsonWriter final : public CandleWriter {
 public:
  JsonWriter(std::unique_ptr<ByteSink> sink, std::shared_ptr<arrow::Schema> schema, const WriterOptions& options)
      : sink_(std::move(sink)),
        schema_(std::move(schema)),
        time_(options.time),
        kernels_(options.kernels),
        buffer_(*sink_) {
    for (const auto& field : schema_->fields()) {  // names of the candle schema: nothing in them to escape
      std::string key = keys_.empty() ? "{\"" : ",\"";
      keys_.push_back(key.append(field->name()).append("\":"));
      room_ += keys_.back().size() + kMaxNumberText + 2;
    }
  }

  void write(const arrow::RecordBatch& batch) override {
    check_batch(batch, *schema_);
    std::vector<ColumnText> columns = column_texts(batch, kernels_);
    for_each_block(columns, batch.num_rows(), [&](std::int64_t first, std::int64_t end) {
      for (std::int64_t row = first; row < end; ++row) buffer_.used_to(put_row(buffer_.room(room_), columns, row));
    });
  }

  void finish() override {
    buffer_.put(empty_ ? "[]\n" : "\n]\n");
    buffer_.flush();
    sink_->commit();
  }

 private:
  char* put_row(char* out, const std::vector<ColumnText>& columns, std::int64_t row) {
    out = put_text(out, empty_ ? "[\n" : ",\n");
    empty_ = false;
    for (std::size_t i = 0; i < columns.size(); ++i) out = put_value(put_text(out, keys_[i]), columns[i], row);
    *out++ = '}';
    return out;
  }

  char* put_value(char* out, const ColumnText& column, std::int64_t row) const {
    const ColumnValues& values = column.values();
    if (values.type == ColumnType::float64 && !std::isfinite(values.doubles[row]))
      return put_text(out, "null");  // JSON has no other word for it
    if (values.type != ColumnType::timestamp_ms || time_ == TimeStyle::ms) return column.put(out, row);
    *out++ = '"';
    out = put_iso_ms(out, values.ints[row]);
    *out++ = '"';
    return out;
  }

  std::unique_ptr<ByteSink> sink_;
  std::shared_ptr<arrow::Schema> schema_;
  TimeStyle time_;
  Kernels kernels_;
  TextBuffer buffer_;
  std::vector<std::string> keys_;  // {"open_time": and so on
  std::size_t room_ = 3;           // of the longest object
  bool empty_ = true;
};

}  // namespace

std::unique_ptr<CandleWriter> make_json_writer(std::unique_ptr<ByteSink> sink, std::shared_ptr<arrow::Schema> schema,
                                               const WriterOptions& options) {
  return std::make_unique<JsonWriter>(std::move(sink), std::move(schema), options);
}

}  // namespace klinekeep::cli
