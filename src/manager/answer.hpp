// The answer to a request, put together from the cache and from memory: record batches in time's order.
#pragma once

#include <arrow/type_fwd.h>

#include <deque>
#include <memory>

#include "manager/keeper.hpp"
#include "manager/request.hpp"

namespace klinekeep::manager {

struct MonthBatch {
  store::Month month;
  std::shared_ptr<arrow::RecordBatch> batch;
};

/// All rows that open in `range`, a part of the keeper's window, and count, with the columns that the request reads;
/// without a copy where the cache holds them. Throws CacheError when a file was truncated under its mapping.
[[nodiscard]] std::deque<MonthBatch> batches_of(Keeper& keeper, const store::Snapshot& snapshot, const TimeRange& range,
                                                const store::Filter& filter, const Request& request);

/// The batches, of `snapshot` and of memory, as one table, without a copy.
[[nodiscard]] std::shared_ptr<arrow::Table> table_of(std::shared_ptr<arrow::Schema> schema,
                                                     const std::deque<MonthBatch>& batches,
                                                     const store::Snapshot& snapshot);

/// Hands the batches out one after the other, keeps none that it has handed out, and lets go of the pages of all but
/// the last few.
[[nodiscard]] std::shared_ptr<arrow::RecordBatchReader> reader_of(std::shared_ptr<arrow::Schema> schema,
                                                                  std::deque<MonthBatch> batches,
                                                                  store::Snapshot snapshot);

}  // namespace klinekeep::manager
