// Record batches of one size, whatever sizes they come in: so that the same candles make the same bytes of Arrow and
// Parquet, be they fetched, cached or both.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "output/writer.hpp"

namespace klinekeep::cli {

/// Passes the rows it is given on to a writer, kRows at a time; the last batch is what is left. Copies only what lies
/// across the ends of batches given. Throws what the writer throws.
class EvenBatches {
 public:
  static constexpr std::int64_t kRows = 65'536;

  /// `writer` outlives this. Where its format does not show batches, they are passed on as they come.
  EvenBatches(CandleWriter& writer, Format format) : writer_(writer), even_(shows_batches(format)) {}

  void add(const std::shared_ptr<arrow::RecordBatch>& batch);
  /// Writes what is left, and finishes the writer.
  void finish();

 private:
  void flush();

  CandleWriter& writer_;
  bool even_;
  std::vector<std::shared_ptr<arrow::RecordBatch>> waiting_;
  std::int64_t rows_ = 0;  // of those waiting: less than kRows
};

}  // namespace klinekeep::cli
