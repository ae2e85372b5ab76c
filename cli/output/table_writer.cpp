#include "output/writers.hpp"

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "output/batch_view.hpp"
#include "output/table_layout.hpp"
#include "output/table_summary.hpp"

namespace klinekeep::cli {
namespace {

class TableWriter final : public CandleWriter {
 public:
  TableWriter(std::unique_ptr<ByteSink> sink, std::shared_ptr<arrow::Schema> schema, WriterOptions options)
      : sink_(std::move(sink)), schema_(std::move(schema)), options_(std::move(options)) {
    content_.columns = candle_columns(*schema_);
  }

  void write(const arrow::RecordBatch& batch) override {
    check_batch(batch, *schema_);
    const std::vector<ColumnValues> columns = column_values(batch);
    const auto rows = static_cast<std::size_t>(batch.num_rows());
    content_.rows += batch.num_rows();
    keep_ends(columns, rows);
    look_at_prices(columns, rows);
  }

  void finish() override {
    if (std::cmp_greater(content_.rows, content_.head.size() + content_.tail.size()) && !content_.tail.empty()) {
      content_.tail.pop_front();
    }
    sink_->write(render_table(content_, options_));
    sink_->commit();
  }

 private:
  /// One row more than asked for at the end: it stands where "… 1 more" would.
  void keep_ends(const std::vector<ColumnValues>& columns, std::size_t rows) {
    const std::size_t to_head = std::min(rows, options_.head_rows - std::min(content_.head.size(), options_.head_rows));
    for (std::size_t row = 0; row < to_head; ++row) content_.head.push_back(row_at(columns, row));
    const std::size_t max_tail = options_.tail_rows + 1;
    for (std::size_t row = std::max(to_head, rows - std::min(rows, max_tail)); row < rows; ++row) {
      if (content_.tail.size() == max_tail) content_.tail.pop_front();
      content_.tail.push_back(row_at(columns, row));
    }
  }

  static TableRow row_at(const std::vector<ColumnValues>& columns, std::size_t row) {
    TableRow values;
    for (const ColumnValues& column : columns) {
      TableValue value{};
      if (column.doubles != nullptr) {
        value.number = column.doubles[row];
      } else {
        value.integer = column.ints[row];
      }
      values.push_back(value);
    }
    return values;
  }

  void look_at_prices(const std::vector<ColumnValues>& columns, std::size_t rows) {
    const auto values_of = [&](std::string_view name) {
      const auto place = place_of(content_, name);
      return place ? columns[*place].doubles : nullptr;
    };
    const double* const opens = values_of("open");
    const double* const closes = values_of("close");
    const double* const lows = values_of("low");
    const double* const highs = values_of("high");
    for (std::size_t row = 0; row < rows; ++row) {
      if (closes != nullptr) {
        content_.closes.add(closes[row]);
        if (std::isfinite(closes[row])) {
          if (!content_.first_price) content_.first_price = opens != nullptr ? opens[row] : closes[row];
          content_.last_close = closes[row];
        }
      }
      if (lows != nullptr && std::isfinite(lows[row]))
        content_.low = std::min(content_.low.value_or(lows[row]), lows[row]);
      if (highs != nullptr && std::isfinite(highs[row])) {
        content_.high = std::max(content_.high.value_or(highs[row]), highs[row]);
      }
    }
  }

  std::unique_ptr<ByteSink> sink_;
  std::shared_ptr<arrow::Schema> schema_;
  WriterOptions options_;
  TableContent content_;
};

}  // namespace

std::unique_ptr<CandleWriter> make_table_writer(std::unique_ptr<ByteSink> sink, std::shared_ptr<arrow::Schema> schema,
                                                const WriterOptions& options) {
  return std::make_unique<TableWriter>(std::move(sink), std::move(schema), options);
}

}  // namespace klinekeep::cli
