// The rows of a series with what is known about them, and how new answers join them: the rules of C8 and of the three
// data sets, as a pure function.
#pragma once

#include <optional>
#include <vector>

#include "core/candles.hpp"
#include "store/coverage.hpp"

namespace klinekeep::store {

/// Rows and their coverage, in memory: what a partition holds.
struct Content {
  Candles rows;  // strictly increasing open_time, off-grid rows included
  Coverage coverage;
};

/// One answer of a source that is to be kept.
struct Addition {
  Origin origin;
  Trust trust;
  TimeRange range;               // slots that it answers finally
  Candles rows;                  // those that open in `range`; strictly increasing open_time
  Timestamp at;                  // when it was asked
  std::optional<UsedFile> file;  // of an archive file
  bool weak = false;             // its holes are (Hole::weak)
  /// It has no rows, and answers nothing new: only that the holes of its origin that are known in `range` are as they
  /// were when it was asked.
  bool confirms = false;
  RangeSet except = {};  // slots of the range that it does not answer, and has no row for
};

enum class Precedence : std::uint8_t {
  committed,  // `get`: what is there is never changed; where an answer differs it is told, and its slot not covered
  addition,   // `refresh`: the new answer replaces what differs
  repair,     // the same; and what is not sound of what is there, by all that validation looks at, is not taken over
};

/// Rows as they were and as they are, at the open_times where a row that was there has gone or is another one now. In
/// order; an open_time may stand on one side only.
struct RowChanges {
  Candles before;
  Candles after;
};

struct MergeOutcome {
  std::int64_t rows_added = 0;
  RowChanges changes;
  std::vector<Timestamp> conflicts;  // open_times where the addition differs from what was there, in order
};

/// Takes the part of `addition` that opens in `month` (all of it without one) into `content`:
///   - unverified rows give way to any proven answer; an unverified addition adds only where no proven one is;
///   - a row for a slot without one is inserted, also where another origin has confirmed a hole;
///   - an equal row (bit for bit) makes the slot one that both origins answer for;
///   - a row that differs is a conflict: see Precedence. For 3d so is a row inside the three days of another one;
///   - a slot of the range for which the addition has no row becomes a hole of its origin (the row of another stays);
///     where it was one before, it is as old as it was, and asked anew: see absence.hpp;
///   - a row where the same origin had a hole ends that hole.
/// Adjacent ranges of one origin and trust are joined. An addition that confirms changes when holes of its origin were
/// last asked and whether they are weak, and nothing else.
MergeOutcome merge(Content& content, const Addition& addition, Interval interval, Precedence precedence,
                   const std::optional<TimeRange>& month = std::nullopt);

/// What `merge` into an empty Content would make of its coverage, where the rows would be just those of `addition`: to
/// use them where they are. None where some would be left out, or more is to be told.
[[nodiscard]] std::optional<Coverage> coverage_alone(const Addition& addition, Interval interval,
                                                     const TimeRange& month);

/// The rows of `content` that count under `filter` and open in `range`; off-grid ones only where `keep_off_grid`.
[[nodiscard]] Candles rows_that_count(const Content& content, Interval interval, const Filter& filter,
                                      const TimeRange& range, bool keep_off_grid);

/// The instants such that a row counts when it opens at one of them.
[[nodiscard]] RangeSet opens_that_count(const Coverage& coverage, Interval interval, const Filter& filter,
                                        const TimeRange& range, bool keep_off_grid);

}  // namespace klinekeep::store
