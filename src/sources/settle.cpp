#include "sources/settle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace klinekeep::sources {
namespace {

bool is_strictly_increasing(const std::vector<std::int64_t>& times) {
  return std::ranges::adjacent_find(times, std::greater_equal{}) == times.end();
}

/// Row numbers in the order of their open_time; rows with one open_time stay in the order they came in.
std::vector<std::size_t> order_of(const std::vector<std::int64_t>& times) {
  std::vector<std::size_t> order(times.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t row) { return times[row]; });
  return order;
}

/// Sorted and unique, with what was dropped counted in `settled`.
Candles sort_and_merge(const Candles& rows, Settled& settled) {
  Candles merged;
  merged.reserve(rows.size());
  for (const std::size_t row : order_of(rows.open_time)) {
    if (merged.empty() || merged.open_time.back() != rows.open_time[row]) {
      merged.push_back(rows, row);
    } else if (merged.same_row(merged.size() - 1, rows, row)) {
      ++settled.duplicates;
    } else {
      settled.conflicts.push_back(from_ms(rows.open_time[row]));
    }
  }
  return merged;
}

Candles drop_unfinished(Candles rows, std::int64_t final_before) {
  const auto closed = [&](std::int64_t close_time) { return close_time < final_before; };
  if (std::ranges::all_of(rows.close_time, closed)) return rows;
  Candles kept;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (closed(rows.close_time[row])) kept.push_back(rows, row);
  }
  return kept;
}

void note_slots(Settled& settled, Interval interval) {
  TimeRange run{};
  for (const std::int64_t ms : settled.candles.open_time) {
    const Timestamp open = from_ms(ms);
    if (!interval.on_grid(open)) {
      settled.off_grid.push_back(open);
    } else if (open == run.end && !run.empty()) {
      run.end = interval.close_of(open);
    } else {
      settled.have.add(run);
      run = {open, interval.close_of(open)};
    }
  }
  settled.have.add(run);
}

}  // namespace

codecs::Parsed<Settled> settle(Candles rows, Interval interval, const TimeRange& allowed, Timestamp final_before) {
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const Timestamp open = from_ms(rows.open_time[row]);
    if (allowed.contains(open)) continue;
    return tl::unexpected(
        codecs::Malformed{fmt::format("row {}: open_time {} lies outside {} to {}, which was asked", row + 1,
                                      format_iso(open), format_iso(allowed.begin), format_iso(allowed.end))});
  }
  Settled settled;
  settled.count = rows.size();
  if (!rows.empty()) {
    const auto [first, last] = std::ranges::minmax(rows.open_time);
    settled.span = TimeRange{from_ms(first), from_ms(last)};
  }
  if (!is_strictly_increasing(rows.open_time)) rows = sort_and_merge(rows, settled);
  // Rounded up, so that a close_time is final when it is before the instant itself.
  const std::int64_t final_before_ms = to_ms(final_before + std::chrono::microseconds{999});
  settled.candles = drop_unfinished(std::move(rows), final_before_ms);
  note_slots(settled, interval);
  return settled;
}

}  // namespace klinekeep::sources
