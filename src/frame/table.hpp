// Candles as Arrow has them, in the one schema.
#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <vector>

#include "core/candles.hpp"

namespace klinekeep::frame {

/// The Arrow schema that follows from kSchema: no column is nullable. One object.
[[nodiscard]] std::shared_ptr<arrow::Schema> arrow_schema();

/// What it says of `columns` (indices into kSchema), in their order. The same object where they are all of it.
[[nodiscard]] std::shared_ptr<arrow::Schema> arrow_schema(const std::vector<std::size_t>& columns);

/// Rows [first, last) of `columns` of a batch of the one schema, without a copy. `schema` is arrow_schema(columns).
/// Where all is taken, the batch itself.
[[nodiscard]] std::shared_ptr<arrow::RecordBatch> view(const std::shared_ptr<arrow::RecordBatch>& batch,
                                                       const std::vector<std::size_t>& columns,
                                                       const std::shared_ptr<arrow::Schema>& schema, std::int64_t first,
                                                       std::int64_t last);

/// Takes the columns over without a copy. The table owns them.
[[nodiscard]] std::shared_ptr<arrow::Table> to_table(Candles candles);

/// As to_table, for one batch.
[[nodiscard]] std::shared_ptr<arrow::RecordBatch> to_batch(Candles candles);

/// Rows [first, last) as a batch that refers to `candles`, which must outlive it.
[[nodiscard]] std::shared_ptr<arrow::RecordBatch> view_of(const Candles& candles, std::int64_t first,
                                                          std::int64_t last);

/// A copy of a table or batch of the one schema.
[[nodiscard]] Candles to_candles(const arrow::Table& table);
[[nodiscard]] Candles to_candles(const arrow::RecordBatch& batch);

}  // namespace klinekeep::frame
