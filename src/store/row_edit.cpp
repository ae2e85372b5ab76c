#include "store/row_edit.hpp"

#include <algorithm>

namespace klinekeep::store {
namespace {

/// The first row that opens at or after `t`.
std::size_t bound(const Candles& rows, Timestamp t) {
  const std::int64_t ms = to_ms(t + std::chrono::microseconds{999});
  return static_cast<std::size_t>(std::ranges::lower_bound(rows.open_time, ms) - rows.open_time.begin());
}

}  // namespace

RowEdit::RowEdit(Candles& old_rows, const Candles& new_rows, const TimeRange& range)
    : old_(old_rows),
      new_(new_rows),
      range_(range),
      new_begin_(bound(new_rows, range.begin)),
      new_end_(std::max(new_begin_, bound(new_rows, range.end))),
      taken_(new_end_ - new_begin_) {}

std::size_t RowEdit::all_new_begin(Interval interval) const {
  if (interval != Interval::DAY_3) return new_begin_;
  return std::min(new_begin_, bound(new_, range_.begin - std::chrono::days{2}));
}

std::optional<std::size_t> RowEdit::old_at(Timestamp open) const {
  const std::int64_t ms = to_ms(open);
  const auto& opens = old_.open_time;
  // Asked in ascending order, the answer is mostly the row after the one before.
  const bool near = old_hint_ < opens.size() && opens[old_hint_] >= ms && (old_hint_ == 0 || opens[old_hint_ - 1] < ms);
  if (!near) old_hint_ = static_cast<std::size_t>(std::ranges::lower_bound(opens, ms) - opens.begin());
  if (old_hint_ == opens.size() || opens[old_hint_] != ms) return std::nullopt;
  return old_hint_++;
}

std::optional<std::size_t> RowEdit::new_at(Timestamp open) const {
  const std::size_t row = bound(new_, open);
  if (row < new_begin_ || row >= new_end_ || new_.open_time[row] != to_ms(open)) return std::nullopt;
  return row;
}

std::pair<std::size_t, std::size_t> RowEdit::old_in(const TimeRange& range) const {
  const std::size_t begin = bound(old_, range.begin);
  return {begin, std::max(begin, bound(old_, range.end))};
}

void RowEdit::take(std::size_t first_new_row, std::size_t last) {
  const auto at = [this](std::size_t row) { return taken_.begin() + static_cast<std::ptrdiff_t>(row - new_begin_); };
  std::fill(at(first_new_row), at(last), true);
  takes_any_ = true;
}

bool RowEdit::takes_all() const {
  return taken_.size() == new_.size() && std::ranges::find(taken_, false) == taken_.end();
}

void RowEdit::drop(std::size_t old_row) {
  if (dropped_.empty()) dropped_.resize(old_.size());
  dropped_[old_row] = true;
}

bool RowEdit::dropped(std::size_t old_row) const { return !dropped_.empty() && dropped_[old_row]; }

std::vector<Timestamp> RowEdit::dropped_opens() const {
  std::vector<Timestamp> opens;
  for (std::size_t row = 0; row < dropped_.size(); ++row) {
    if (dropped_[row]) opens.push_back(from_ms(old_.open_time[row]));
  }
  return opens;
}

std::int64_t RowEdit::apply() {
  if (!takes_any_ && dropped_.empty()) return 0;
  std::int64_t added = 0;
  const bool all_taken = std::ranges::all_of(taken_, [](bool taken) { return taken; });
  const bool at_end = old_.empty() || (new_begin_ < new_.size() && old_.open_time.back() < new_.open_time[new_begin_]);
  if (at_end && all_taken && dropped_.empty()) {
    old_.append(new_, new_begin_, new_end_);
    return static_cast<std::int64_t>(new_end_ - new_begin_);
  }

  Candles joined;
  joined.reserve(old_.size() + static_cast<std::size_t>(std::ranges::count(taken_, true)));
  std::size_t begin = 0;  // old rows up to here are done
  const auto keep_until = [&](std::size_t end) {
    while (begin < end) {
      std::size_t stop = begin;
      while (stop < end && !dropped(stop)) ++stop;
      joined.append(old_, begin, stop);
      begin = stop + (stop < end ? 1 : 0);
    }
  };
  for (std::size_t row = new_begin_; row < new_end_; ++row) {
    if (!taken_[row - new_begin_]) continue;
    const std::int64_t open = new_.open_time[row];
    std::size_t until = begin;
    if (begin < old_.size() && old_.open_time[begin] < open) {
      until = static_cast<std::size_t>(
          std::lower_bound(old_.open_time.begin() + static_cast<std::ptrdiff_t>(begin), old_.open_time.end(), open) -
          old_.open_time.begin());
    }
    keep_until(until);
    const bool replaces = begin < old_.size() && old_.open_time[begin] == open;
    if (replaces) ++begin;
    if (!replaces) ++added;
    joined.push_back(new_, row);
  }
  keep_until(old_.size());
  old_ = std::move(joined);
  return added;
}

}  // namespace klinekeep::store
