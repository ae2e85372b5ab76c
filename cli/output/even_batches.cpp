#include "output/even_batches.hpp"

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <algorithm>

#include "frame/status.hpp"

namespace klinekeep::cli {

void EvenBatches::add(const std::shared_ptr<arrow::RecordBatch>& batch) {
  if (!even_) return writer_.write(*batch);
  for (std::int64_t taken = 0; taken < batch->num_rows();) {
    const std::int64_t rows = std::min(kRows - rows_, batch->num_rows() - taken);
    waiting_.push_back(batch->Slice(taken, rows));
    rows_ += rows;
    taken += rows;
    if (rows_ == kRows) flush();
  }
}

void EvenBatches::finish() {
  flush();
  writer_.finish();
}

void EvenBatches::flush() {
  if (waiting_.size() == 1) writer_.write(*waiting_.front());
  if (waiting_.size() > 1) {
    writer_.write(*frame::value_of(arrow::ConcatenateRecordBatches(waiting_)));
  }
  waiting_.clear();
  rows_ = 0;
}

}  // namespace klinekeep::cli
