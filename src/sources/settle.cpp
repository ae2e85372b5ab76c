#include "sources/settle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>

#include "core/grid_runs.hpp"

namespace klinekeep::sources {
namespace {

bool is_strictly_increasing(const CandleColumn<std::int64_t>& times) {
  return std::ranges::adjacent_find(times, std::greater_equal{}) == times.end();
}

/// Row numbers in the order of their open_time; rows with one open_time stay in the order they came in.
std::vector<std::size_t> order_of(const CandleColumn<std::int64_t>& times) {
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

/// Rows in order. A close_time that was cut at a halt may lie before the end of a slot that still goes on.
Candles drop_unfinished(Candles rows, Interval interval, Timestamp as_of, RangeSet& unfinished) {
  // Rounded up, so that a close_time is final when it is before the instant itself.
  const std::int64_t as_of_ms = to_ms(as_of + std::chrono::microseconds{999});
  const auto is_over = [&](std::size_t row) {
    return to_ms(interval.close_of(interval.floor(from_ms(rows.open_time[row])))) - 1 < as_of_ms;
  };
  if (rows.empty()) return rows;
  if (std::ranges::max(rows.close_time) < as_of_ms && is_over(rows.size() - 1)) return rows;
  Candles kept;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    if (rows.close_time[row] < as_of_ms && is_over(row)) {
      kept.push_back(rows, row);
    } else if (const Timestamp open = from_ms(rows.open_time[row]); interval.on_grid(open)) {
      unfinished.add({open, interval.close_of(open)});
    }
  }
  return kept;
}

void note_slots(Settled& settled, Interval interval) {
  const CandleColumn<std::int64_t>& opens = settled.candles.open_time;
  const auto on_grid = [&](std::size_t first, std::size_t last) {
    settled.have.add({from_ms(opens[first]), interval.close_of(from_ms(opens[last - 1]))});
  };
  for_each_grid_run(opens, interval, on_grid,
                    [&](std::size_t row) { settled.off_grid.push_back(from_ms(opens[row])); });
}

/// The first row that does not open in `allowed`.
codecs::Parsed<void> check_opens(const Candles& rows, const TimeRange& allowed) {
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const Timestamp open = from_ms(rows.open_time[row]);
    if (allowed.contains(open)) continue;
    return tl::unexpected(
        codecs::Malformed{fmt::format("row {}: open_time {} lies outside {} to {}, which was asked", row + 1,
                                      format_iso(open), format_iso(allowed.begin), format_iso(allowed.end))});
  }
  return {};
}

}  // namespace

codecs::Parsed<Settled> settle(Candles rows, Interval interval, const TimeRange& allowed, Timestamp as_of) {
  Settled settled;
  settled.count = rows.size();
  const bool in_order = is_strictly_increasing(rows.open_time);
  if (!rows.empty()) {
    const auto& opens = rows.open_time;
    const auto [first, last] =
        in_order ? std::pair{opens.begin(), std::prev(opens.end())} : std::minmax_element(opens.begin(), opens.end());
    settled.span = TimeRange{from_ms(*first), from_ms(*last)};
    if (!allowed.contains(settled.span->begin) || !allowed.contains(settled.span->end)) {
      return tl::unexpected(check_opens(rows, allowed).error());
    }
  }
  if (!in_order) rows = sort_and_merge(rows, settled);
  settled.candles = drop_unfinished(std::move(rows), interval, as_of, settled.unfinished);
  note_slots(settled, interval);
  return settled;
}

}  // namespace klinekeep::sources
