// Rows of an addition joining rows that are there: which are taken, which go. Of the merge; knows no rules.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "core/candles.hpp"
#include "klinekeep/interval.hpp"
#include "klinekeep/time.hpp"

namespace klinekeep::store {

/// Refers to both; rows are named by their index. Both are in strictly increasing order of open_time.
class RowEdit {
 public:
  /// Only new rows that open in `range` can be taken.
  RowEdit(Candles& old_rows, const Candles& new_rows, const TimeRange& range);

  /// The new rows that open in the range.
  [[nodiscard]] std::size_t new_begin() const { return new_begin_; }
  [[nodiscard]] std::size_t new_end() const { return new_end_; }
  /// … and before them those that still cover its begin: two days before it for 3d.
  [[nodiscard]] std::size_t all_new_begin(Interval interval) const;

  /// The row that opens then. Fast when asked in ascending order.
  [[nodiscard]] std::optional<std::size_t> old_at(Timestamp open) const;
  [[nodiscard]] std::optional<std::size_t> new_at(Timestamp open) const;  // in the range
  /// The old rows that open in `range`: [first, last).
  [[nodiscard]] std::pair<std::size_t, std::size_t> old_in(const TimeRange& range) const;
  /// Whether they are equal, bit for bit.
  [[nodiscard]] bool same(std::size_t old_row, std::size_t new_row) const {
    return old_.same_row(old_row, new_, new_row);
  }

  void take(std::size_t new_row) { take(new_row, new_row + 1); }
  void take(std::size_t first_new_row, std::size_t last);  // [first, last)
  void drop(std::size_t old_row);
  [[nodiscard]] bool dropped(std::size_t old_row) const;
  [[nodiscard]] bool takes_any() const { return takes_any_; }
  /// Whether every new row is in the range and is taken.
  [[nodiscard]] bool takes_all() const;

  /// The open_times of the old rows that are dropped, in order.
  [[nodiscard]] std::vector<Timestamp> dropped_opens() const;

  /// Carries it out on the old rows; where an old and a taken row open at once, the old one was dropped or they are
  /// equal. Returns for how many open_times a row is new.
  std::int64_t apply();

 private:
  Candles& old_;
  const Candles& new_;
  TimeRange range_;
  std::size_t new_begin_;
  std::size_t new_end_;
  mutable std::size_t old_hint_ = 0;
  std::vector<bool> taken_;    // of the new rows in the range
  std::vector<bool> dropped_;  // of the old rows; empty while none is
  bool takes_any_ = false;
};

}  // namespace klinekeep::store
