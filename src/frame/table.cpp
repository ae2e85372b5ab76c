#include "frame/table.hpp"

#include <arrow/array/array_base.h>
#include <arrow/array/data.h>
#include <arrow/array/util.h>
#include <arrow/buffer.h>
#include <arrow/chunked_array.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/type.h>

#include <algorithm>
#include <cstddef>
#include <span>

namespace klinekeep::frame {
namespace {

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

template <class T>
class ColumnBuffer final : public arrow::Buffer {
 public:
  explicit ColumnBuffer(CandleColumn<T>&& values)
      : Buffer(reinterpret_cast<const std::uint8_t*>(values.data()),
               static_cast<std::int64_t>(values.size() * sizeof(T))),
        values_(std::move(values)) {}

 private:
  CandleColumn<T> values_;  // moved with its values where they are
};

template <class T>
std::shared_ptr<arrow::Array> to_array(CandleColumn<T>&& values, const std::shared_ptr<arrow::DataType>& type) {
  const auto length = static_cast<std::int64_t>(values.size());
  arrow::BufferVector buffers(2);  // the first, of nulls, stays empty
  buffers[1] = std::make_shared<ColumnBuffer<T>>(std::move(values));
  return arrow::MakeArray(arrow::ArrayData::Make(type, length, std::move(buffers), 0));
}

template <class T>
void copy_values(const arrow::ArrayData& array, CandleColumn<T>& to) {
  const T* const values = array.GetValues<T>(1);
  const std::size_t size = to.size();
  to.resize(size + static_cast<std::size_t>(array.length));
  std::copy(values, values + array.length, to.data() + size);
}

template <class T>
void copy_column(const arrow::ChunkedArray& column, CandleColumn<T>& to) {
  to.reserve(static_cast<std::size_t>(column.length()));
  for (const auto& chunk : column.chunks()) copy_values(*chunk->data(), to);
}

bool is_all(const std::vector<std::size_t>& columns) {
  if (columns.size() != kSchema.size()) return false;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i] != i) return false;
  }
  return true;
}

/// A column each, in the order of kSchema.
arrow::ArrayVector to_arrays(Candles candles) {
  arrow::ArrayVector arrays;
  std::apply(
      [&](auto&... column) {
        (arrays.push_back(to_array(std::move(column), arrow_type(kSchema[arrays.size()].type))), ...);
      },
      candles.columns());
  return arrays;
}

}  // namespace

std::shared_ptr<arrow::Schema> arrow_schema() {
  static const std::shared_ptr<arrow::Schema> schema = [] {
    arrow::FieldVector fields;
    for (const Column& column : kSchema) {
      fields.push_back(arrow::field(std::string{column.name}, arrow_type(column.type), /*nullable=*/false));
    }
    return arrow::schema(std::move(fields));
  }();
  return schema;
}

std::shared_ptr<arrow::Schema> arrow_schema(const std::vector<std::size_t>& columns) {
  auto all = arrow_schema();
  if (is_all(columns)) return all;
  arrow::FieldVector fields;
  fields.reserve(columns.size());
  for (const std::size_t column : columns) fields.push_back(all->field(static_cast<int>(column)));
  return arrow::schema(std::move(fields));
}

std::shared_ptr<arrow::RecordBatch> view(const std::shared_ptr<arrow::RecordBatch>& batch,
                                         const std::vector<std::size_t>& columns,
                                         const std::shared_ptr<arrow::Schema>& schema, std::int64_t first,
                                         std::int64_t last) {
  if (first == 0 && last == batch->num_rows()) {
    if (schema == batch->schema()) return batch;
    arrow::ArrayVector arrays;  // made once for each batch, and shared by all who view it whole
    arrays.reserve(columns.size());
    for (const std::size_t column : columns) arrays.push_back(batch->column(static_cast<int>(column)));
    return arrow::RecordBatch::Make(schema, last, std::move(arrays));
  }
  arrow::ArrayDataVector parts;
  parts.reserve(columns.size());
  for (const std::size_t column : columns)
    parts.push_back(batch->column_data(static_cast<int>(column))->Slice(first, last - first));
  return arrow::RecordBatch::Make(schema, last - first, std::move(parts));
}

std::shared_ptr<arrow::Table> to_table(Candles candles) {
  const auto rows = static_cast<std::int64_t>(candles.size());
  return arrow::Table::Make(arrow_schema(), to_arrays(std::move(candles)), rows);
}

std::shared_ptr<arrow::RecordBatch> to_batch(Candles candles) {
  const auto rows = static_cast<std::int64_t>(candles.size());
  return arrow::RecordBatch::Make(arrow_schema(), rows, to_arrays(std::move(candles)));
}

std::shared_ptr<arrow::RecordBatch> view_of(const Candles& candles, std::int64_t first, std::int64_t last) {
  arrow::ArrayVector arrays;
  const auto add = [&](const auto& column) {
    const auto values = std::as_bytes(
        std::span{column}.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(last - first)));
    auto buffer = std::make_shared<arrow::Buffer>(reinterpret_cast<const std::uint8_t*>(values.data()),
                                                  static_cast<std::int64_t>(values.size()));
    arrays.push_back(arrow::MakeArray(arrow::ArrayData::Make(arrow_type(kSchema[arrays.size()].type), last - first,
                                                             {nullptr, std::move(buffer)}, 0)));
  };
  std::apply([&](const auto&... column) { (add(column), ...); }, candles.columns());
  return arrow::RecordBatch::Make(arrow_schema(), last - first, std::move(arrays));
}

Candles to_candles(const arrow::Table& table) {
  Candles candles;
  int index = 0;
  std::apply([&](auto&... column) { (copy_column(*table.column(index++), column), ...); }, candles.columns());
  return candles;
}

Candles to_candles(const arrow::RecordBatch& batch) {
  Candles candles;
  int index = 0;
  std::apply([&](auto&... column) { (copy_values(*batch.column_data(index++), column), ...); }, candles.columns());
  return candles;
}

}  // namespace klinekeep::frame
