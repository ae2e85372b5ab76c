#include "manager/fill.hpp"

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <limits>
#include <new>
#include <utility>

#include "frame/status.hpp"
#include "frame/table.hpp"
#include "klinekeep/errors.hpp"

namespace klinekeep::manager {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

void push_filler(Candles& to, Timestamp open, Interval interval, double price, double amount) {
  to.open_time.push_back(to_ms(open));
  for (auto* column : {&to.open, &to.high, &to.low, &to.close}) column->push_back(price);
  for (auto* column : {&to.volume, &to.quote_volume, &to.taker_buy_volume, &to.taker_buy_quote_volume}) {
    column->push_back(amount);
  }
  to.close_time.push_back(to_ms(interval.close_of(open)) - 1);
  to.trades.push_back(0);
}

class FillingReader final : public arrow::RecordBatchReader {
 public:
  FillingReader(std::shared_ptr<arrow::RecordBatchReader> reader, Filler filler, std::vector<int> columns)
      : reader_(std::move(reader)),
        filler_(std::move(filler)),
        columns_(std::move(columns)),
        schema_(frame::value_of(frame::to_batch({})->SelectColumns(columns_))->schema()) {}

  [[nodiscard]] std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  /// No exception may pass: whoever reads may be behind the C interface.
  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    batch->reset();
    if (!reader_) return arrow::Status::OK();
    try {
      return read_next(batch);
    } catch (const std::bad_alloc&) {
      return arrow::Status::OutOfMemory("candles could not be filled in");
    }
  }

 private:
  arrow::Status read_next(std::shared_ptr<arrow::RecordBatch>* batch) {
    std::shared_ptr<arrow::RecordBatch> rows;
    ARROW_RETURN_NOT_OK(reader_->ReadNext(&rows));
    if (!rows) reader_.reset();
    Candles candles = rows ? filler_.feed(frame::to_candles(*rows)) : filler_.finish();
    if (!rows && candles.empty()) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(*batch, frame::to_batch(std::move(candles))->SelectColumns(columns_));
    return arrow::Status::OK();
  }

  std::shared_ptr<arrow::RecordBatchReader> reader_;  // none when all is read
  Filler filler_;
  std::vector<int> columns_;
  std::shared_ptr<arrow::Schema> schema_;
};

}  // namespace

void check_fill(Fill fill, Interval interval) {
  if (fill == Fill::none || interval != Interval::DAY_3) return;
  throw InvalidRequest("3d candles cannot be filled: any midnight can open one, so there is no grid to fill");
}

RangeSet slots_to_fill(const Report& report, const TimeRange& slots, Fill fill) {
  RangeSet to_fill;
  Timestamp unknown_until = slots.begin;  // no close is known right before this
  auto missing = report.missing.begin();
  for (const Gap& gap : report.gaps) {
    for (; missing != report.missing.end() && missing->range.end <= gap.range.begin; ++missing) {
      unknown_until = missing->range.end;
    }
    const bool unknown = gap.range.begin <= unknown_until;
    const bool may_come = gap.reason == kBeforeListing || gap.reason == kNotYet;
    if (may_come || (fill == Fill::ffill && unknown)) {
      unknown_until = gap.range.end;
    } else if (fill != Fill::none) {
      to_fill.add(gap.range);
    }
  }
  return to_fill;
}

Filler::Filler(const RangeSet& slots, Fill fill, Interval interval)
    : left_(slots.ranges().rbegin(), slots.ranges().rend()), fill_(fill), interval_(interval), close_(kNan) {}

Candles Filler::feed(const Candles& rows) {
  Candles filled;
  for (std::size_t begin = 0; begin < rows.size();) {
    fill_before(rows.open_time[begin], filled);
    // All rows up to the next gap at once.
    const std::int64_t next_gap = left_.empty() ? std::numeric_limits<std::int64_t>::max() : to_ms(left_.back().begin);
    const auto from = rows.open_time.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto end =
        static_cast<std::size_t>(std::lower_bound(from, rows.open_time.end(), next_gap) - rows.open_time.begin());
    const std::size_t until = std::max(end, begin + 1);
    filled.append(rows, begin, until);
    close_ = rows.close[until - 1];
    begin = until;
  }
  return filled;
}

Candles Filler::finish() {
  Candles filled;
  fill_before(std::numeric_limits<std::int64_t>::max(), filled);
  return filled;
}

void Filler::fill_before(std::int64_t ms, Candles& to) {
  while (!left_.empty() && to_ms(left_.back().begin) < ms) {
    TimeRange& gap = left_.back();
    const Timestamp slot = interval_.ceil(gap.begin);
    if (slot >= gap.end) {
      left_.pop_back();
      continue;
    }
    if (to_ms(slot) >= ms) return;
    const bool forward = fill_ == Fill::ffill;
    push_filler(to, slot, interval_, forward ? close_ : kNan, forward ? 0.0 : kNan);
    gap.begin = interval_.next(slot);
  }
}

std::shared_ptr<arrow::RecordBatchReader> filled(std::shared_ptr<arrow::RecordBatchReader> reader, Filler filler,
                                                 std::vector<std::size_t> columns) {
  return std::make_shared<FillingReader>(std::move(reader), std::move(filler),
                                         std::vector<int>{columns.begin(), columns.end()});
}

}  // namespace klinekeep::manager
