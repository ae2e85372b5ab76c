// From parsed rows to rows that can be used: in order, unique, final, and about what was asked. Pure.
#pragma once

#include <vector>

#include "codecs/malformed.hpp"
#include "core/candles.hpp"
#include "core/range_set.hpp"
#include "klinekeep/interval.hpp"

namespace klinekeep::sources {

struct Settled {
  Candles candles;                // strictly increasing open_time; off-grid rows included
  RangeSet have;                  // slots with a candle on the grid
  std::size_t count = 0;          // rows that came, before any was dropped
  std::optional<TimeRange> span;  // opens of the first and last row that came: [begin, end] for once inclusive
  std::vector<Timestamp> off_grid;
  std::int64_t duplicates = 0;
  std::vector<Timestamp> conflicts;
  RangeSet unfinished;  // slots whose row came and had not closed
};

/// `rows` in any order, all of which must open in `allowed`: a row from elsewhere makes the whole answer malformed, for
/// then it is not the answer to what was asked. Rows that had not closed by `as_of`, by their slot and by their
/// close_time, are left out: they may still change. Of rows with one open_time the first is kept; equal ones are
/// counted as duplicates, others told as conflicts.
[[nodiscard]] codecs::Parsed<Settled> settle(Candles rows, Interval interval, const TimeRange& allowed,
                                             Timestamp as_of);

}  // namespace klinekeep::sources
