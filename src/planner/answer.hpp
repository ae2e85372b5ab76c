// What a source answered to a step, without the candles themselves: values.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/range_set.hpp"
#include "klinekeep/errors.hpp"
#include "klinekeep/report.hpp"

namespace klinekeep::planner {

/// When an answer was asked, and how far it reaches.
struct AnswerTimes {
  Timestamp asked_at;  // by our clock, or `--now`: what is kept of it ages from here on
  Timestamp heard_at;  // when its head had arrived, by the same clock
  Timestamp as_of;     // what closed after this it does not tell of
};

/// A page or a file came, and its rows can be used.
struct Rows {
  RangeSet have;                  // slots that have a candle
  std::size_t count = 0;          // rows in the answer, off-grid ones included
  std::optional<TimeRange> span;  // opens of the first and the last row: [first, last]
  bool off_grid = false;          // some row opens off the grid
  RangeSet refused;               // slots whose row came and is not used: it had not closed by `as_of`
  Trust trust = Trust::verified;  // of a file
  AnswerTimes times;
};

/// 404, or nothing under that name.
struct Absent {};

/// It came, but is not to be believed.
struct Distrusted {
  bool readable;  // could be used as it is by who accepts unverified bytes
  std::string detail;
  RangeSet refused;  // slots whose rows it has, where that could be read
};

/// A file that the listing told of.
struct ListedFile {
  Timestamp period;
  std::string etag;                        // hex MD5; empty where the listing has none, or another kind
  std::optional<Timestamp> last_modified;  // none where it cannot be read

  friend bool operator==(const ListedFile&, const ListedFile&) = default;
};

/// The files that the listing told of, by period.
struct Listed {
  std::vector<ListedFile> files;
  bool complete;  // nothing follows the last one; else nothing is known beyond it
  Timestamp asked_at{};
};

/// The first candle from a given instant on, if there is one.
struct Found {
  std::optional<Timestamp> open_time;  // its slot
  AnswerTimes times;
  bool by_another_host = false;  // than the one that answered before
};

/// REST does not know the symbol.
struct Unknown {
  AnswerTimes times;
  bool by_another_host = false;
};

/// It could not be had.
struct Failed {
  Cause cause;
  std::string detail;
};

using Answer = std::variant<Rows, Absent, Distrusted, Listed, Found, Unknown, Failed>;

}  // namespace klinekeep::planner
