// Filling gaps, for callers who wish it.
#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <optional>
#include <vector>

#include "core/candles.hpp"
#include "core/range_set.hpp"
#include "klinekeep/choices.hpp"
#include "klinekeep/interval.hpp"
#include "klinekeep/report.hpp"

namespace klinekeep::manager {

/// Throws InvalidRequest when the interval cannot be filled: 3d has no grid of its own.
void check_fill(Fill fill, Interval interval);

/// The slots of the report's gaps that get a row: none before the listing, none of what may still come or is missing,
/// and for ffill none whose close before is not known. `slots` is the window of the report.
[[nodiscard]] RangeSet slots_to_fill(const Report& report, const TimeRange& slots, Fill fill);

/// Puts fillers between rows that come in time's order, piece by piece.
class Filler {
 public:
  Filler(const RangeSet& slots, Fill fill, Interval interval);

  /// `rows` with the fillers that belong before and between them.
  [[nodiscard]] Candles feed(const Candles& rows);
  /// The fillers after the last row.
  [[nodiscard]] Candles finish();

 private:
  void fill_before(std::int64_t ms, Candles& to);

  std::vector<TimeRange> left_;  // to be filled, last first
  Fill fill_;
  Interval interval_;
  double close_;
};

/// The batches of `reader`, which have all columns, with fillers at `slots`, cut down to `columns`.
[[nodiscard]] std::shared_ptr<arrow::RecordBatchReader> filled(std::shared_ptr<arrow::RecordBatchReader> reader,
                                                               Filler filler, std::vector<std::size_t> columns);

}  // namespace klinekeep::manager
