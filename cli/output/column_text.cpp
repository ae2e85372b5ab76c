#include "output/column_text.hpp"

#include "output/number_text.hpp"

namespace klinekeep::cli {

void ColumnText::prepare(std::int64_t first, std::int64_t count) {
  first_ = first;
  const auto rows = static_cast<std::size_t>(count);
  if (values_.doubles != nullptr) {
    split(kernels_, values_.doubles + first, rows, digits_.data());
  } else {
    split(kernels_, values_.ints + first, rows, digits_.data());
  }
}

char* ColumnText::put_alone(char* out, std::int64_t row) const {
  return values_.doubles != nullptr ? put_double(out, values_.doubles[row]) : put_int(out, values_.ints[row]);
}

std::vector<ColumnText> column_texts(const arrow::RecordBatch& batch, Kernels kernels) {
  std::vector<ColumnText> columns;
  for (const ColumnValues& values : column_values(batch)) columns.emplace_back(values, kernels);
  return columns;
}

}  // namespace klinekeep::cli
