#include "core/range_set.hpp"

#include <algorithm>
#include <iterator>

namespace klinekeep {
namespace {

/// The first range that ends after `t`.
auto first_after(const std::vector<TimeRange>& ranges, Timestamp t) {
  return std::ranges::partition_point(ranges, [&](const TimeRange& r) { return r.end <= t; });
}

/// Of ranges in order of their begin: those that overlap or adjoin as one, and none that is empty.
std::vector<TimeRange> joined(std::vector<TimeRange> sorted) {
  std::size_t count = 0;
  for (const TimeRange& range : sorted) {
    if (range.empty()) continue;
    if (count > 0 && range.begin <= sorted[count - 1].end) {
      sorted[count - 1].end = std::max(sorted[count - 1].end, range.end);
    } else {
      sorted[count++] = range;
    }
  }
  sorted.resize(count);
  return sorted;
}

}  // namespace

RangeSet RangeSet::of(std::vector<TimeRange> ranges) {
  if (!std::ranges::is_sorted(ranges)) std::ranges::sort(ranges);
  RangeSet set;
  set.ranges_ = joined(std::move(ranges));
  return set;
}

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
  constexpr std::size_t kFew = 8;  // that a search for each is cheaper than a walk along all
  if (other.ranges_.size() <= kFew) {
    for (const TimeRange& range : other.ranges_) add(range);
    return;
  }
  std::vector<TimeRange> all;
  all.reserve(ranges_.size() + other.ranges_.size());
  std::ranges::merge(ranges_, other.ranges_, std::back_inserter(all));
  ranges_ = joined(std::move(all));
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
  const RangeSet& few = ranges_.size() < other.ranges_.size() ? *this : other;
  const RangeSet& many = &few == this ? other : *this;
  RangeSet common;
  for (const TimeRange& range : few.ranges_) {
    for (auto it = first_after(many.ranges_, range.begin); it != many.ranges_.end() && it->begin < range.end; ++it) {
      common.ranges_.push_back(it->intersect(range));
    }
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

bool RangeSet::touches(const TimeRange& range) const {
  if (range.empty()) return false;
  const auto it = first_after(ranges_, range.begin);
  return it != ranges_.end() && it->begin < range.end;
}

}  // namespace klinekeep
