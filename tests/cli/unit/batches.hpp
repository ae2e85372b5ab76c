// Candles as record batches, for tests.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/candles.hpp"
#include "output/writer.hpp"

namespace klinekeep::cli {

/// `rows` candles of `step_ms` from `start_ms` on, a price that wanders around `price` in steps of `tick`; the same
/// every time.
[[nodiscard]] Candles made_candles(std::size_t rows, std::int64_t start_ms, std::int64_t step_ms, double price,
                                   double tick);

/// A minute each from 2024-01-01 on, around 42,000 in cents.
[[nodiscard]] Candles minute_candles(std::size_t rows);

/// The schema of those columns of kSchema, in that order; all if none are named.
[[nodiscard]] std::shared_ptr<arrow::Schema> schema_of(std::vector<std::size_t> columns = {});

[[nodiscard]] std::shared_ptr<arrow::RecordBatch> batch_of(const Candles& candles,
                                                           std::vector<std::size_t> columns = {});

/// What a writer of that format makes of the candles, handed over in batches of `batch_rows`.
[[nodiscard]] std::string written(Format format, const Candles& candles, const WriterOptions& options = {},
                                  const std::vector<std::size_t>& columns = {}, std::int64_t batch_rows = 1000,
                                  bool is_file = false);

}  // namespace klinekeep::cli
