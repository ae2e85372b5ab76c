// The archive's calendar: which file a candle lies in, and when a file can be there at all. Pure functions.
#pragma once

#include "klinekeep/interval.hpp"
#include "planner/step.hpp"

namespace klinekeep::planner {

/// Whether the archive has files of this granularity with this interval: none of a day for 3d, 1w and 1mo.
[[nodiscard]] bool has_files(Granularity granularity, Interval interval);

/// The period of the file that holds a candle which opens at `t`.
[[nodiscard]] Timestamp period_of(Granularity granularity, Timestamp t);
[[nodiscard]] Timestamp next_period(Granularity granularity, Timestamp period);
/// Opens of the candles in the file of `period`.
[[nodiscard]] TimeRange period_range(Granularity granularity, Timestamp period);

/// When the last candle that opens in the period has closed: for 1w that is up to six days into the next month.
[[nodiscard]] Timestamp period_over(Granularity granularity, Timestamp period, Interval interval);

}  // namespace klinekeep::planner
