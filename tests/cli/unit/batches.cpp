#include "batches.hpp"

#include <arrow/array/builder_primitive.h>
#include <arrow/array/builder_time.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <stdexcept>
#include <utility>

#include "memory_sink.hpp"

namespace klinekeep::cli {
namespace {

std::vector<std::size_t> or_all(std::vector<std::size_t> columns) {
  if (!columns.empty()) return columns;
  for (std::size_t i = 0; i < kSchema.size(); ++i) columns.push_back(i);
  return columns;
}

std::shared_ptr<arrow::DataType> arrow_type(ColumnType type) {
  switch (type) {
    case ColumnType::timestamp_ms:
      return arrow::timestamp(arrow::TimeUnit::MILLI, "UTC");
    case ColumnType::int64:
      return arrow::int64();
    case ColumnType::float64:
      break;
  }
  return arrow::float64();
}

template <typename Builder, typename Value>
std::shared_ptr<arrow::Array> array_of(Builder builder, const CandleColumn<Value>& values) {
  // Arrow copies from where the values are even if there are none.
  const bool made = values.empty() || builder.AppendValues(values.data(), std::ssize(values)).ok();
  if (!made) throw std::bad_alloc();
  return builder.Finish().ValueOrDie();
}

std::vector<std::shared_ptr<arrow::Array>> all_arrays(const Candles& candles) {
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  const auto add = [&](const auto& values) {
    const ColumnType type = kSchema[arrays.size()].type;
    if constexpr (std::is_same_v<decltype(values), const CandleColumn<double>&>) {
      arrays.push_back(array_of(arrow::DoubleBuilder{}, values));
    } else if (type == ColumnType::int64) {
      arrays.push_back(array_of(arrow::Int64Builder{}, values));
    } else {
      arrays.push_back(array_of(arrow::TimestampBuilder{arrow_type(type), arrow::default_memory_pool()}, values));
    }
  };
  std::apply([&](const auto&... values) { (add(values), ...); }, candles.columns());
  return arrays;
}

}  // namespace

Candles made_candles(std::size_t rows, std::int64_t start_ms, std::int64_t step_ms, double price, double tick) {
  std::mt19937_64 random{7};  // NOLINT(cert-msc51-cpp): the same every time
  const auto up_to = [&](std::uint64_t limit) { return static_cast<double>(random() % limit); };
  Candles candles;
  double ticks = std::round(price / tick);
  for (std::size_t i = 0; i < rows; ++i) {
    const double open = ticks;
    ticks = std::max(1.0, ticks + up_to(2001) - 1000);
    const double per_unit = std::round(1 / tick);  // divides exactly rounded, so that 42.05 is 42.05
    candles.open_time.push_back(start_ms + static_cast<std::int64_t>(i) * step_ms);
    candles.open.push_back(open / per_unit);
    candles.high.push_back((std::max(open, ticks) + up_to(200)) / per_unit);
    candles.low.push_back(std::max(1.0, std::min(open, ticks) - up_to(200)) / per_unit);
    candles.close.push_back(ticks / per_unit);
    candles.volume.push_back(up_to(9'000'000) / 100'000);
    candles.close_time.push_back(candles.open_time.back() + step_ms - 1);
    candles.quote_volume.push_back(up_to(900'000'000'000'000) / 100'000'000);
    candles.trades.push_back(static_cast<std::int64_t>(up_to(3000)));
    candles.taker_buy_volume.push_back(up_to(4'000'000) / 100'000);
    candles.taker_buy_quote_volume.push_back(up_to(400'000'000'000'000) / 100'000'000);
  }
  return candles;
}

Candles minute_candles(std::size_t rows) { return made_candles(rows, 1'704'067'200'000, 60'000, 42'000, 0.01); }

std::shared_ptr<arrow::Schema> schema_of(std::vector<std::size_t> columns) {
  arrow::FieldVector fields;
  for (const std::size_t i : or_all(std::move(columns))) {
    fields.push_back(arrow::field(std::string(kSchema[i].name), arrow_type(kSchema[i].type), /*nullable=*/false));
  }
  return arrow::schema(fields);
}

std::shared_ptr<arrow::RecordBatch> batch_of(const Candles& candles, std::vector<std::size_t> columns) {
  const auto all = all_arrays(candles);
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (const std::size_t i : or_all(columns)) arrays.push_back(all[i]);
  return arrow::RecordBatch::Make(schema_of(std::move(columns)), static_cast<std::int64_t>(candles.size()), arrays);
}

std::string written(Format format, const Candles& candles, const WriterOptions& options,
                    const std::vector<std::size_t>& columns, std::int64_t batch_rows, bool is_file) {
  Received received;
  const auto writer = make_writer(format, std::make_unique<MemorySink>(received, is_file), schema_of(columns), options);
  const auto all = batch_of(candles, columns);
  for (std::int64_t row = 0; row < all->num_rows(); row += batch_rows) writer->write(*all->Slice(row, batch_rows));
  writer->finish();
  if (!received.committed) throw std::logic_error("finish did not commit");
  return received.bytes;
}

}  // namespace klinekeep::cli
