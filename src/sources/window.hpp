// The window of a fetch: what the caller wants, and what has to be asked for it. Pure.
#pragma once

#include <vector>

#include "core/series.hpp"
#include "klinekeep/errors.hpp"
#include "klinekeep/report.hpp"
#include "planner/policy.hpp"

namespace klinekeep::sources {

/// All candles of a series that open in `range` [begin, end), at any precision.
class Window {
 public:
  Window(const Series& series, const TimeRange& range);

  /// The caller's range, within time.
  [[nodiscard]] const TimeRange& range() const { return range_; }
  /// Its slots: both ends on the grid.
  [[nodiscard]] TimeRange slots() const;
  /// What has to be asked to know all of it: nothing from before the epoch, to which no source goes back. A 3d candle
  /// that opened up to two days before covers the first days, which are then no gap.
  [[nodiscard]] const planner::Wanted& wanted() const { return wanted_; }
  [[nodiscard]] Asked asked() const;

  [[nodiscard]] std::vector<MissingRange> clip(std::vector<MissingRange> missing) const;
  /// With what lies before the epoch as before the listing.
  [[nodiscard]] std::vector<Gap> clip(std::vector<Gap> gaps) const;
  /// In order, unique, in the range.
  [[nodiscard]] std::vector<Timestamp> clip(std::vector<Timestamp> opens) const;

 private:
  TimeRange range_;
  planner::Wanted wanted_;
};

}  // namespace klinekeep::sources
