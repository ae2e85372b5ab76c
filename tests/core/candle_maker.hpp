// Candles made up for tests.
#pragma once

#include <vector>

#include "core/candles.hpp"
#include "klinekeep/interval.hpp"

namespace klinekeep {

/// Appends a candle that opens at `open`; all its other values follow from `value`, and its close from the interval.
void push(Candles& to, Timestamp open, Interval interval, double value = 1);

/// Candles at these opens. Equal calls make equal rows.
Candles candles_at(const std::vector<Timestamp>& opens, Interval interval, double value = 1);

/// One candle at every grid point in `range`; 3d: each as soon as the one before has closed.
Candles candles_in(const TimeRange& range, Interval interval, double value = 1);

std::vector<Timestamp> opens_of(const Candles& candles);

/// Whether both have the same rows, bit for bit.
bool same(const Candles& a, const Candles& b);

}  // namespace klinekeep
