#include "manager/answer.hpp"

#include <arrow/array/data.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/type.h>

#include <new>
#include <set>
#include <utility>

#include "frame/slice.hpp"
#include "frame/status.hpp"
#include "frame/table.hpp"
#include "klinekeep/errors.hpp"

namespace klinekeep::manager {
namespace {

/// One month's rows: those of the snapshot, and between them those that are only in memory.
class MonthRows {
 public:
  MonthRows(const store::Snapshot& snapshot, const store::Filter& filter, const Request& request,
            const TimeRange& range, std::deque<MonthBatch>& to, store::Month month)
      : snapshot_(snapshot),
        filter_(filter),
        columns_(request.columns_to_read().indices()),
        keep_off_grid_(request.options.keep_off_grid),
        at_(range.begin),
        end_(range.end),
        to_(to),
        month_(month) {}

  void run(Candles beside) {
    for (std::size_t row = 0; row < beside.size();) {
      take_cached_until(from_ms(beside.open_time[row]));
      const std::size_t last = run_of_memory(beside, row);
      at_ = from_ms(beside.open_time[last - 1]) + std::chrono::milliseconds{1};
      Candles part;
      if (row == 0 && last == beside.size()) {
        part = std::move(beside);
        beside = {};
      } else {
        part.append(beside, row, last);
      }
      const auto rows = static_cast<std::int64_t>(part.size());
      push(frame::view(frame::to_batch(std::move(part)), columns_, frame::arrow_schema(columns_), 0, rows));
      row = last;
    }
    take_cached_until(end_);
  }

 private:
  /// The end of the rows from `row` on that no row of the snapshot comes between.
  [[nodiscard]] std::size_t run_of_memory(const Candles& beside, std::size_t row) const {
    Timestamp next_cached = end_;
    const auto cached = snapshot_.rows({from_ms(beside.open_time[row]), end_}, filter_, {0}, keep_off_grid_);
    if (!cached.empty()) next_cached = from_ms(cached.front()->column_data(0)->GetValues<std::int64_t>(1)[0]);
    do ++row;
    while (row < beside.size() && from_ms(beside.open_time[row]) < next_cached);
    return row;
  }

  void take_cached_until(Timestamp end) {
    if (at_ >= end) return;
    for (auto& batch : snapshot_.rows({at_, end}, filter_, columns_, keep_off_grid_)) push(std::move(batch));
    at_ = end;
  }

  void push(std::shared_ptr<arrow::RecordBatch> batch) {
    if (batch->num_rows() > 0) to_.push_back({month_, std::move(batch)});
  }

  const store::Snapshot& snapshot_;
  const store::Filter& filter_;
  const std::vector<std::size_t> columns_;
  const bool keep_off_grid_;
  Timestamp at_;
  Timestamp end_;
  std::deque<MonthBatch>& to_;
  store::Month month_;
};

constexpr int kBatchesInMemory = 8;  // 46 MB of all columns

class Reader final : public arrow::RecordBatchReader {
 public:
  Reader(std::shared_ptr<arrow::Schema> schema, std::deque<MonthBatch> batches, store::Snapshot snapshot)
      : schema_(std::move(schema)), batches_(std::move(batches)), snapshot_(std::move(snapshot)) {}

  [[nodiscard]] std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  /// No exception may pass: whoever reads may be behind the C interface.
  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    batch->reset();
    try {
      return read_next(batch);
    } catch (const Error& error) {
      return arrow::Status::IOError(error.what());
    } catch (const std::bad_alloc&) {
      return arrow::Status::OutOfMemory("the next candles could not be read");
    }
  }

 private:
  arrow::Status read_next(std::shared_ptr<arrow::RecordBatch>* batch) {
    if (batches_.empty()) return check_what_was_handed_out();
    // Who reads slowly is served long after the proof.
    const MonthBatch& next = batches_.front();
    if (const auto why = snapshot_.changed(next.month, {next.batch})) return arrow::Status::IOError(*why);
    months_.insert(next.month);
    if (batches_.front().month != month_) {
      // Not those of the month before: who joins batches may still read its last one.
      if (month_before_) snapshot_.release_pages(*month_before_);
      month_before_ = std::exchange(month_, batches_.front().month);
      handed_out_ = 0;
    } else if (handed_out_ == kBatchesInMemory) {
      snapshot_.release_pages(*month_);  // and what of it is still read comes back
      handed_out_ = 0;
    }
    ++handed_out_;
    *batch = std::move(batches_.front().batch);
    batches_.pop_front();
    return arrow::Status::OK();
  }

  /// What was right when it was handed out may have been written in place before it was read.
  arrow::Status check_what_was_handed_out() {
    for (const store::Month month : std::exchange(months_, {})) {
      if (const auto why = snapshot_.changed(month)) return arrow::Status::IOError(*why);
    }
    return arrow::Status::OK();
  }

  std::shared_ptr<arrow::Schema> schema_;
  std::deque<MonthBatch> batches_;
  store::Snapshot snapshot_;
  std::set<store::Month> months_;  // of what was handed out
  std::optional<store::Month> month_;
  std::optional<store::Month> month_before_;
  int handed_out_ = 0;  // batches of the month since its pages were let go of
};

}  // namespace

std::deque<MonthBatch> batches_of(Keeper& keeper, const store::Snapshot& snapshot, const TimeRange& range,
                                  const store::Filter& filter, const Request& request) {
  std::set<store::Month> months = keeper.months();
  for (const store::Month month : snapshot.months()) months.insert(month);
  std::deque<MonthBatch> batches;
  for (const store::Month month : months) {
    const TimeRange here = range.intersect(store::range_of(month));
    if (here.empty()) continue;
    MonthRows{snapshot, filter, request, here, batches, month}.run(
        keeper.take_beside_the_cache(month, request.options.keep_off_grid));
  }
  return batches;
}

std::shared_ptr<arrow::Table> table_of(std::shared_ptr<arrow::Schema> schema, const std::deque<MonthBatch>& batches,
                                       const store::Snapshot& snapshot) {
  arrow::RecordBatchVector all;
  all.reserve(batches.size());
  for (const MonthBatch& each : batches) all.push_back(each.batch);
  if (auto whole = snapshot.whole(all)) return whole;
  return frame::value_of(arrow::Table::FromRecordBatches(std::move(schema), all));
}

std::shared_ptr<arrow::RecordBatchReader> reader_of(std::shared_ptr<arrow::Schema> schema,
                                                    std::deque<MonthBatch> batches, store::Snapshot snapshot) {
  return std::make_shared<Reader>(std::move(schema), std::move(batches), std::move(snapshot));
}

}  // namespace klinekeep::manager
