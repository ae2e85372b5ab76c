// Columns as text, a block of rows at a time.
#pragma once

#include <cstdint>
#include <vector>

#include "output/batch_view.hpp"
#include "output/number_digits.hpp"

namespace klinekeep::cli {

/// One column of a batch, on its way to text. Its numbers are split into digits some rows ahead, which is cheaper than
/// one by one. Not thread-safe.
class ColumnText {
 public:
  static constexpr std::int64_t kRows = 128;  // eleven columns of them stay in the first cache

  /// `values` must outlive it.
  ColumnText(const ColumnValues& values, Kernels kernels) : values_(values), kernels_(kernels), digits_(kRows) {}

  /// Before rows [first, first + count) are put; at most kRows.
  void prepare(std::int64_t first, std::int64_t count);

  /// As put_double or put_int: a row of those that were prepared.
  char* put(char* out, std::int64_t row) const {
    const NumberDigits digits = digits_[static_cast<std::size_t>(row - first_)];
    if (!digits.are_known()) return put_alone(out, row);
    return values_.doubles != nullptr ? put_decimal(out, digits) : put_integer(out, digits);
  }

  [[nodiscard]] const ColumnValues& values() const { return values_; }

 private:
  char* put_alone(char* out, std::int64_t row) const;

  ColumnValues values_;
  Kernels kernels_;
  std::vector<NumberDigits> digits_;
  std::int64_t first_ = 0;
};

/// The columns of a batch in its order.
[[nodiscard]] std::vector<ColumnText> column_texts(const arrow::RecordBatch& batch, Kernels kernels);

/// Calls put(first, end) for blocks of rows, with `columns` prepared for them.
template <class F>
void for_each_block(std::vector<ColumnText>& columns, std::int64_t rows, const F& put) {
  for (std::int64_t first = 0; first < rows; first += ColumnText::kRows) {
    const std::int64_t end = first + ColumnText::kRows < rows ? first + ColumnText::kRows : rows;
    for (ColumnText& column : columns) column.prepare(first, end - first);
    put(first, end);
  }
}

}  // namespace klinekeep::cli
