// Sets of instants as disjoint half-open ranges: what is known, asked, missing.
#pragma once

#include <cstdint>
#include <vector>

#include "klinekeep/time.hpp"

namespace klinekeep {

/// A value: sorted, disjoint, non-adjacent, non-empty ranges (adjacent ones are joined). Not thread-safe for writing.
class RangeSet {
 public:
  RangeSet() = default;
  RangeSet(std::initializer_list<TimeRange> ranges);
  /// Of ranges in any order, which may overlap, in the time of sorting them.
  [[nodiscard]] static RangeSet of(std::vector<TimeRange> ranges);

  void add(const TimeRange& range);
  void add(const RangeSet& other);
  void subtract(const TimeRange& range);
  void subtract(const RangeSet& other);

  [[nodiscard]] RangeSet intersect(const TimeRange& range) const;
  [[nodiscard]] RangeSet intersect(const RangeSet& other) const;
  [[nodiscard]] RangeSet minus(const RangeSet& other) const;

  [[nodiscard]] bool empty() const { return ranges_.empty(); }
  /// Whether all of `range` lies in the set; an empty range does.
  [[nodiscard]] bool contains(const TimeRange& range) const;
  [[nodiscard]] bool contains(Timestamp t) const;
  /// Whether any instant of `range` lies in the set.
  [[nodiscard]] bool touches(const TimeRange& range) const;
  [[nodiscard]] const std::vector<TimeRange>& ranges() const& { return ranges_; }
  const std::vector<TimeRange>& ranges() && = delete;  // would dangle in a range-for
  [[nodiscard]] auto begin() const { return ranges_.begin(); }
  [[nodiscard]] auto end() const { return ranges_.end(); }

  friend bool operator==(const RangeSet&, const RangeSet&) = default;

 private:
  std::vector<TimeRange> ranges_;
};

}  // namespace klinekeep
