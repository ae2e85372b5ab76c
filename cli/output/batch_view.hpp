// Record batches as the text writers read them: plain pointers, checked once a batch.
#pragma once

#include <arrow/type_fwd.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "klinekeep/schema.hpp"

namespace klinekeep::cli {

/// For each field of `schema` its column in kSchema. Throws std::invalid_argument where a field is no column of it, or
/// not of its type.
[[nodiscard]] std::vector<std::size_t> candle_columns(const arrow::Schema& schema);

/// Throws std::invalid_argument unless `batch` has the fields of `schema` and no nulls.
void check_batch(const arrow::RecordBatch& batch, const arrow::Schema& schema);

/// The values of one column of one batch: `ints` for times and int64, `doubles` for float64, the other null.
struct ColumnValues {
  ColumnType type;
  const std::int64_t* ints;
  const double* doubles;
};

/// The columns of a batch in its order; valid as long as the batch. The batch is one that `check_batch` lets pass.
[[nodiscard]] std::vector<ColumnValues> column_values(const arrow::RecordBatch& batch);

}  // namespace klinekeep::cli
