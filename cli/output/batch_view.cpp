#include "output/batch_view.hpp"

#include <arrow/array/data.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <optional>
#include <stdexcept>

namespace klinekeep::cli {
namespace {

std::optional<ColumnType> column_type(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::INT64:
      return ColumnType::int64;
    case arrow::Type::DOUBLE:
      return ColumnType::float64;
    case arrow::Type::TIMESTAMP:
      if (static_cast<const arrow::TimestampType&>(type).unit() == arrow::TimeUnit::MILLI)
        return ColumnType::timestamp_ms;
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::vector<std::size_t> candle_columns(const arrow::Schema& schema) {
  std::vector<std::size_t> columns;
  for (const auto& field : schema.fields()) {
    const auto index = column_index(field->name());
    if (!index || column_type(*field->type()) != kSchema[*index].type) {
      throw std::invalid_argument("not a column of the candle schema: " + field->ToString());
    }
    columns.push_back(*index);
  }
  return columns;
}

void check_batch(const arrow::RecordBatch& batch, const arrow::Schema& schema) {
  if (!batch.schema()->Equals(schema, /*check_metadata=*/false)) {
    throw std::invalid_argument("a batch of another schema: " + batch.schema()->ToString());
  }
  for (int i = 0; i < batch.num_columns(); ++i) {
    if (batch.column_data(i)->GetNullCount() != 0) throw std::invalid_argument("nulls in " + batch.column_name(i));
  }
}

std::vector<ColumnValues> column_values(const arrow::RecordBatch& batch) {
  std::vector<ColumnValues> columns;
  for (int i = 0; i < batch.num_columns(); ++i) {
    const arrow::ArrayData& data = *batch.column_data(i);
    const auto type = column_type(*data.type);
    if (!type) throw std::invalid_argument("a column of another type: " + batch.column_name(i));
    const bool is_double = type == ColumnType::float64;
    columns.push_back({*type, is_double ? nullptr : data.GetValues<std::int64_t>(1),
                       is_double ? data.GetValues<double>(1) : nullptr});
  }
  return columns;
}

}  // namespace klinekeep::cli
