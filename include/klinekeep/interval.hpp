// The sixteen candle intervals and their grids. All functions are pure and thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "klinekeep/export.hpp"
#include "klinekeep/time.hpp"

namespace klinekeep {

/// The length of a candle, which knows the grid that its candles open on: multiples of the step from the epoch; Mondays
/// for 1w; the first of the month for 1M (all at 00:00 UTC).
///
/// 3d has no grid of its own, as the phase is not documented: every UTC midnight can open one, though a candle covers
/// three days. So `floor`, `ceil` and `next` go by midnights, and `count` is an upper bound.
///
/// The members take times from kBeginOfTime to kEndOfTime.
class KLINEKEEP_API Interval {
 public:
  enum Value : std::uint8_t {
    SECOND_1,
    MINUTE_1,
    MINUTE_3,
    MINUTE_5,
    MINUTE_15,
    MINUTE_30,
    HOUR_1,
    HOUR_2,
    HOUR_4,
    HOUR_6,
    HOUR_8,
    HOUR_12,
    DAY_1,
    DAY_3,
    WEEK_1,
    MONTH_1,
  };

  // Not explicit: `Interval::DAY_1` is an Interval to every caller.
  constexpr Interval(Value value) : value_(value) {}   // NOLINT(*-explicit-constructor)
  constexpr operator Value() const { return value_; }  // NOLINT(*-explicit-constructor)

  /// "1s" … "1w", "1M", as REST and users spell it.
  [[nodiscard]] std::string_view name() const;
  /// As `name`, but "1mo" for 1M: the spelling of the archive and of cache paths, where `1m` and `1M` could collide.
  [[nodiscard]] std::string_view archive_name() const;
  /// The interval of that name, or none. Case matters: `1m` is a minute and `1M` a month. Takes "1mo" too.
  [[nodiscard]] static std::optional<Interval> parse(std::string_view name);

  /// The last grid point at or before `t`.
  [[nodiscard]] Timestamp floor(Timestamp t) const;
  /// The first grid point at or after `t`.
  [[nodiscard]] Timestamp ceil(Timestamp t) const;
  /// The grid point after `slot`, which must be on the grid.
  [[nodiscard]] Timestamp next(Timestamp slot) const;
  [[nodiscard]] bool on_grid(Timestamp t) const { return floor(t) == t; }
  /// The end (exclusive) of a candle that opens at `open`: a calendar month later for 1M, three days later for 3d.
  [[nodiscard]] Timestamp close_of(Timestamp open) const;
  /// How many candles open in `range`; an upper bound for 3d.
  [[nodiscard]] std::int64_t count(const TimeRange& range) const;

 private:
  Value value_;
};

inline constexpr std::array<Interval, 16> kIntervals{
    Interval::SECOND_1,  Interval::MINUTE_1,  Interval::MINUTE_3, Interval::MINUTE_5,
    Interval::MINUTE_15, Interval::MINUTE_30, Interval::HOUR_1,   Interval::HOUR_2,
    Interval::HOUR_4,    Interval::HOUR_6,    Interval::HOUR_8,   Interval::HOUR_12,
    Interval::DAY_1,     Interval::DAY_3,     Interval::WEEK_1,   Interval::MONTH_1};

/// The inclusive window of grid points inside [start, end]: start goes up to the grid and end goes down.
/// None where the window holds no grid point, which is also so when start > end. Takes any times; there is no candle
/// outside of kBeginOfTime to kEndOfTime.
[[nodiscard]] KLINEKEEP_API std::optional<std::pair<Timestamp, Timestamp>> adjust_time_window(Timestamp start,
                                                                                              Timestamp end,
                                                                                              Interval interval);

/// An estimate: floor((end - start) / step), for 1M in whole calendar months. 0 when start >= end.
/// Not the number of candles in [start, end], which is one more when both lie on the grid. Takes any times; what lies
/// outside of kBeginOfTime to kEndOfTime does not count.
[[nodiscard]] KLINEKEEP_API std::int64_t estimate_data_points(Timestamp start, Timestamp end, Interval interval);

}  // namespace klinekeep
