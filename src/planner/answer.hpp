// What a source answered to a step, without the candles themselves: values.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/range_set.hpp"
#include "klinekeep/errors.hpp"

namespace klinekeep::planner {

/// A page or a file came, and its rows can be used.
struct Rows {
  RangeSet have;                  // slots that have a candle
  std::size_t count = 0;          // rows in the answer, off-grid ones included
  std::optional<TimeRange> span;  // opens of the first and the last row: [first, last]
  bool off_grid = false;          // some row opens off the grid
  Timestamp final_before;  // slots that close after this are not answered: still open, or after the file was made
};

/// 404, or nothing under that name.
struct Absent {};

/// It came, but is not to be believed.
struct Distrusted {
  bool readable;  // could be used as it is by who accepts unverified bytes
  std::string detail;
};

/// The periods of the files that the listing told of, in order.
struct Listed {
  std::vector<Timestamp> periods;
  bool complete;  // nothing follows the last one; else nothing is known beyond it
};

/// Since when the series exists, if it does.
struct First {
  std::optional<Timestamp> open_time;
  bool stated;  // exchangeInfo's word, not a candle that was seen
};

/// REST does not know the symbol.
struct Unknown {};

/// It could not be had.
struct Failed {
  Cause cause;
  std::string detail;
};

using Answer = std::variant<Rows, Absent, Distrusted, Listed, First, Unknown, Failed>;

}  // namespace klinekeep::planner
