// The grids once more, from their definition and the slow way: what a grid point is, and nothing else.
#pragma once

#include "klinekeep/interval.hpp"

namespace klinekeep {

/// A span of which every grid point of the interval is a multiple.
inline Duration tick_of(Interval interval) {
  if (interval == Interval::SECOND_1) return std::chrono::seconds{1};
  if (interval < Interval::HOUR_1) return std::chrono::minutes{1};
  return interval < Interval::DAY_1 ? Duration{std::chrono::hours{1}} : Duration{std::chrono::days{1}};
}

/// About how long a candle is.
inline Duration length_of(Interval interval) {
  using namespace std::chrono_literals;
  switch (interval) {
    case Interval::SECOND_1:
      return 1s;
    case Interval::MINUTE_1:
      return 1min;
    case Interval::MINUTE_3:
      return 3min;
    case Interval::MINUTE_5:
      return 5min;
    case Interval::MINUTE_15:
      return 15min;
    case Interval::MINUTE_30:
      return 30min;
    case Interval::HOUR_1:
      return 1h;
    case Interval::HOUR_2:
      return 2h;
    case Interval::HOUR_4:
      return 4h;
    case Interval::HOUR_6:
      return 6h;
    case Interval::HOUR_8:
      return 8h;
    case Interval::HOUR_12:
      return 12h;
    case Interval::DAY_1:
      return 24h;
    case Interval::DAY_3:
      return 72h;
    case Interval::WEEK_1:
      return 168h;
    case Interval::MONTH_1:
      return 24h * 30;
  }
  return 0s;
}

inline bool is_grid_point(Interval interval, Timestamp t) {
  const auto day = std::chrono::floor<std::chrono::days>(t);
  const bool midnight = day == t;
  switch (interval) {
    case Interval::DAY_1:
    case Interval::DAY_3:
      return midnight;
    case Interval::WEEK_1:
      return midnight && std::chrono::weekday{day} == std::chrono::Monday;
    case Interval::MONTH_1:
      return midnight && std::chrono::year_month_day{day}.day() == std::chrono::day{1};
    default:  // all of these divide a day
      return (t - day) % length_of(interval) == Duration{0};
  }
}

}  // namespace klinekeep
