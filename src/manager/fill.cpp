#include "manager/fill.hpp"

#include <algorithm>
#include <limits>

#include "core/candles.hpp"
#include "frame/table.hpp"
#include "klinekeep/errors.hpp"

namespace klinekeep::manager {
namespace {

void push_filler(Candles& to, Timestamp open, Interval interval, double price, double amount) {
  to.open_time.push_back(to_ms(open));
  for (auto* column : {&to.open, &to.high, &to.low, &to.close}) column->push_back(price);
  for (auto* column : {&to.volume, &to.quote_volume, &to.taker_buy_volume, &to.taker_buy_quote_volume}) {
    column->push_back(amount);
  }
  to.close_time.push_back(to_ms(interval.close_of(open)) - 1);
  to.trades.push_back(0);
}

/// Copies rows and gaps in the order of their time.
class Filler {
 public:
  Filler(const Candles& rows, const std::vector<MissingRange>& missing, Fill fill, Interval interval)
      : rows_(rows), missing_(missing), fill_(fill), interval_(interval) {}

  void fill(const TimeRange& gap) {
    for (Timestamp slot = interval_.ceil(gap.begin); slot < gap.end; slot = interval_.next(slot)) {
      copy_rows_before(to_ms(slot));
      if (fill_ == Fill::nan) {
        constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
        push_filler(filled_, slot, interval_, kNan, kNan);
      } else if (knows_close_before(slot)) {
        push_filler(filled_, slot, interval_, filled_.close.back(), 0.0);
      }
    }
  }

  Candles finish() {
    copy_rows_before(std::numeric_limits<std::int64_t>::max());
    return std::move(filled_);
  }

 private:
  /// Whether there is a row before `slot`, and nothing missing in between.
  [[nodiscard]] bool knows_close_before(Timestamp slot) const {
    if (filled_.empty()) return false;
    const TimeRange since{from_ms(filled_.open_time.back()), slot};
    return std::ranges::none_of(missing_, [&](const MissingRange& m) { return !m.range.intersect(since).empty(); });
  }

  void copy_rows_before(std::int64_t ms) {
    const std::size_t begin = next_row_;
    while (next_row_ < rows_.size() && rows_.open_time[next_row_] < ms) ++next_row_;
    filled_.append(rows_, begin, next_row_);
  }

  const Candles& rows_;
  const std::vector<MissingRange>& missing_;
  Fill fill_;
  Interval interval_;
  Candles filled_;
  std::size_t next_row_ = 0;
};

}  // namespace

void check_fill(Fill fill, Interval interval) {
  if (fill == Fill::none || interval != Interval::DAY_3) return;
  throw InvalidRequest("3d candles cannot be filled: any midnight can open one, so there is no grid to fill");
}

void fill_gaps(FetchResult& result, Fill fill, Interval interval) {
  const Candles rows = frame::to_candles(*result.table);
  Filler filler{rows, result.report.missing, fill, interval};
  for (const Gap& gap : result.report.gaps) {
    if (gap.reason != kBeforeListing) filler.fill(gap.range);
  }
  Candles filled = filler.finish();
  result.report.filled = static_cast<std::int64_t>(filled.size() - rows.size());
  result.report.rows = static_cast<std::int64_t>(filled.size());
  result.table = frame::to_table(std::move(filled));
}

}  // namespace klinekeep::manager
