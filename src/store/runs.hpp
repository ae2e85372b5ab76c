#pragma once

#include <algorithm>
#include <utility>

#include "core/range_set.hpp"

namespace klinekeep::store {

/// Collects ranges that come in ascending order into a set; cheap also for millions that touch.
class Runs {
 public:
  void add(const TimeRange& range) {
    if (range.begin > run_.end) flush();
    if (run_.empty()) run_ = range;
    run_.end = std::max(run_.end, range.end);
  }
  [[nodiscard]] RangeSet take() {
    flush();
    return std::move(set_);
  }

 private:
  void flush() {
    set_.add(run_);
    run_ = {};
  }
  RangeSet set_;
  TimeRange run_{};
};

}  // namespace klinekeep::store
