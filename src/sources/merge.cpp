#include "sources/merge.hpp"

#include <algorithm>
#include <tuple>

namespace klinekeep::sources {
namespace {

struct Row {
  std::int64_t open_time;
  int rank;
  std::size_t part;
  std::size_t index;
};

bool disjoint_in_order(const std::vector<Part>& parts) {
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (parts[i - 1].candles.open_time.back() >= parts[i].candles.open_time.front()) return false;
  }
  return true;
}

Merged concatenate(std::vector<Part> parts) {
  if (parts.empty()) return {};
  Merged merged{std::move(parts.front().candles), {}};
  std::size_t total = merged.candles.size();
  for (std::size_t i = 1; i < parts.size(); ++i) total += parts[i].candles.size();
  merged.candles.reserve(total);
  for (std::size_t i = 1; i < parts.size(); ++i) {
    merged.candles.append(parts[i].candles, 0, parts[i].candles.size());
    parts[i].candles = {};
  }
  return merged;
}

/// Overlaps are rare (a month's file beside one of its days), so this is plain rather than fast.
Merged interleave(const std::vector<Part>& parts) {
  std::vector<Row> rows;
  for (std::size_t p = 0; p < parts.size(); ++p) {
    for (std::size_t i = 0; i < parts[p].candles.size(); ++i) {
      rows.push_back({parts[p].candles.open_time[i], parts[p].rank, p, i});
    }
  }
  std::ranges::sort(rows, {}, [](const Row& row) { return std::tuple{row.open_time, row.rank, row.part}; });
  Merged merged;
  merged.candles.reserve(rows.size());
  for (const Row& row : rows) {
    const Candles& from = parts[row.part].candles;
    if (merged.candles.empty() || merged.candles.open_time.back() != row.open_time) {
      merged.candles.push_back(from, row.index);
    } else if (!merged.candles.same_row(merged.candles.size() - 1, from, row.index)) {
      merged.conflicts.push_back(from_ms(row.open_time));
    }
  }
  return merged;
}

}  // namespace

Merged merge(std::vector<Part> parts) {
  std::erase_if(parts, [](const Part& part) { return part.candles.empty(); });
  std::ranges::stable_sort(parts, {}, [](const Part& part) { return part.candles.open_time.front(); });
  return disjoint_in_order(parts) ? concatenate(std::move(parts)) : interleave(parts);
}

Candles slice(Candles candles, const TimeRange& range) {
  // Rounded up: a row opens at or after the bound when its millisecond does.
  const auto bound = [&](Timestamp t) {
    const std::int64_t ms = to_ms(t + std::chrono::microseconds{999});
    return static_cast<std::size_t>(std::ranges::lower_bound(candles.open_time, ms) - candles.open_time.begin());
  };
  const std::size_t begin = bound(range.begin);
  const std::size_t end = std::max(begin, bound(range.end));
  if (begin == 0 && end == candles.size()) return candles;
  Candles part;
  part.reserve(end - begin);
  part.append(candles, begin, end);
  return part;
}

Candles on_grid(Candles candles, Interval interval) {
  const auto aligned = [&](std::int64_t ms) { return interval.on_grid(from_ms(ms)); };
  if (std::ranges::all_of(candles.open_time, aligned)) return candles;
  Candles kept;
  for (std::size_t row = 0; row < candles.size(); ++row) {
    if (aligned(candles.open_time[row])) kept.push_back(candles, row);
  }
  return kept;
}

}  // namespace klinekeep::sources
