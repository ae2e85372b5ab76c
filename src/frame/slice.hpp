// Parts of candles in memory. Pure.
#pragma once

#include "core/candles.hpp"
#include "klinekeep/interval.hpp"
#include "klinekeep/time.hpp"

namespace klinekeep::frame {

/// The rows that open in `range`.
[[nodiscard]] Candles slice(Candles candles, const TimeRange& range);

/// The rows that open on the grid.
[[nodiscard]] Candles on_grid(Candles candles, Interval interval);

}  // namespace klinekeep::frame
