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

}  // namespace klinekeep::sources
