#include "core/range_set.hpp"

#include <algorithm>

namespace klinekeep {
namespace {

/// The first range that ends after `t`.
auto first_after(const std::vector<TimeRange>& ranges, Timestamp t) {
  return std::ranges::partition_point(ranges, [&](const TimeRange& r) { return r.end <= t; });
}

}  // namespace

RangeSet::RangeSet(std::initializer_list<TimeRange> ranges) {
  for (const TimeRange& range : ranges) add(range);
}

void RangeSet::add(const TimeRange& range) {
  if (range.empty()) return;
  // Everything from the first range that reaches `range.begin` to the last that begins by `range.end` melts into one.
  const auto first = std::ranges::partition_point(ranges_, [&](const TimeRange& r) { return r.end < range.begin; });
  const auto last =
      std::partition_point(first, ranges_.end(), [&](const TimeRange& r) { return r.begin <= range.end; });
  TimeRange joined = range;
  if (first != last) joined = {std::min(range.begin, first->begin), std::max(range.end, std::prev(last)->end)};
  ranges_.insert(ranges_.erase(first, last), joined);
}

void RangeSet::add(const RangeSet& other) {
  for (const TimeRange& range : other.ranges_) add(range);
}

void RangeSet::subtract(const TimeRange& range) {
  if (range.empty()) return;
  const auto first = first_after(ranges_, range.begin);
  const auto last =
      std::partition_point(first, ranges_.cend(), [&](const TimeRange& r) { return r.begin < range.end; });
  if (first == last) return;
  const TimeRange head{first->begin, range.begin};
  const TimeRange tail{range.end, std::prev(last)->end};
  auto at = ranges_.erase(first, last);
  if (!tail.empty()) at = ranges_.insert(at, tail);
  if (!head.empty()) ranges_.insert(at, head);
}

void RangeSet::subtract(const RangeSet& other) {
  std::vector<TimeRange> left;  // in one pass: both may have very many ranges
  auto hole = other.ranges_.begin();
  for (TimeRange range : ranges_) {
    while (hole != other.ranges_.end() && hole->end <= range.begin) ++hole;
    for (auto at = hole; at != other.ranges_.end() && at->begin < range.end; ++at) {
      if (range.begin < at->begin) left.push_back({range.begin, at->begin});
      range.begin = at->end;
    }
    if (!range.empty()) left.push_back(range);
  }
  ranges_ = std::move(left);
}

RangeSet RangeSet::intersect(const TimeRange& range) const {
  RangeSet common;
  for (auto it = first_after(ranges_, range.begin); it != ranges_.end() && it->begin < range.end; ++it) {
    const TimeRange part = it->intersect(range);
    if (!part.empty()) common.ranges_.push_back(part);
  }
  return common;
}

RangeSet RangeSet::intersect(const RangeSet& other) const {
  RangeSet common;
  for (const TimeRange& range : other.ranges_) {
    const RangeSet part = intersect(range);
    common.ranges_.insert(common.ranges_.end(), part.ranges_.begin(), part.ranges_.end());
  }
  return common;
}

RangeSet RangeSet::minus(const RangeSet& other) const {
  RangeSet rest = *this;
  rest.subtract(other);
  return rest;
}

bool RangeSet::contains(const TimeRange& range) const {
  if (range.empty()) return true;
  const auto it = first_after(ranges_, range.begin);
  return it != ranges_.end() && it->contains(range);
}

bool RangeSet::contains(Timestamp t) const {
  const auto it = first_after(ranges_, t);
  return it != ranges_.end() && it->contains(t);
}

bool RangeSet::touches(const TimeRange& range) const { return !intersect(range).empty(); }

}  // namespace klinekeep
