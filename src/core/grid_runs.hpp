// Rows on the grid of an interval as stretches of neighbours: a month of 1s is mostly one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "klinekeep/interval.hpp"

namespace klinekeep {

/// For `opens` in strictly increasing order (ms): calls on_grid(first, last) for each longest stretch [first, last) of
/// rows on the grid of which each opens when the one before closes, and off_grid(row) for each other row. In order.
template <class OnGrid, class OffGrid>
void for_each_grid_run(std::span<const std::int64_t> opens, Interval interval, OnGrid on_grid, OffGrid off_grid) {
  const auto close = [&](std::size_t row) { return to_ms(interval.close_of(from_ms(opens[row]))); };
  const bool one_length = interval != Interval::MONTH_1;
  for (std::size_t row = 0; row < opens.size();) {
    if (!interval.on_grid(from_ms(opens[row]))) {
      off_grid(row++);
      continue;
    }
    const std::size_t first = row++;
    const std::int64_t length = close(first) - opens[first];
    // What is whole lengths away from a row on the grid lies on it as well.
    if (one_length) {
      while (row < opens.size() && opens[row] - opens[row - 1] == length) ++row;
    } else {
      while (row < opens.size() && opens[row] == close(row - 1)) ++row;
    }
    on_grid(first, row);
  }
}

}  // namespace klinekeep
