// Time as klinekeep knows it: instants in UTC with microsecond resolution, and half-open ranges of them.
// All functions are pure and thread-safe.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>

#include "klinekeep/export.hpp"

namespace klinekeep {

using Duration = std::chrono::microseconds;

/// An instant in UTC. A strong type: no integer converts to it.
using Timestamp = std::chrono::sys_time<Duration>;

/// Bounds that no candle reaches, and from which one can still count some steps on: the years 0000 and 9999.
inline constexpr Timestamp kBeginOfTime = std::chrono::sys_days{std::chrono::year{0} / 1 / 1};
inline constexpr Timestamp kEndOfTime = std::chrono::sys_days{std::chrono::year{9999} / 12 / 31};

/// The half-open range [begin, end) of instants. Empty when end <= begin.
/// Inclusive windows exist at the faces only (`adjust_time_window`).
struct TimeRange {
  Timestamp begin;
  Timestamp end;

  [[nodiscard]] constexpr bool empty() const { return end <= begin; }
  [[nodiscard]] constexpr bool contains(Timestamp t) const { return begin <= t && t < end; }
  [[nodiscard]] constexpr bool contains(const TimeRange& other) const {
    return other.empty() || (begin <= other.begin && other.end <= end);
  }
  [[nodiscard]] constexpr TimeRange intersect(const TimeRange& other) const {
    const TimeRange common{begin < other.begin ? other.begin : begin, end < other.end ? end : other.end};
    return common.empty() ? TimeRange{common.begin, common.begin} : common;
  }
  friend constexpr auto operator<=>(const TimeRange&, const TimeRange&) = default;
};

/// Milliseconds since the epoch, as Binance's wire and our schema have them.
[[nodiscard]] constexpr Timestamp from_ms(std::int64_t ms) { return Timestamp{std::chrono::milliseconds{ms}}; }

/// Milliseconds since the epoch, rounded down.
[[nodiscard]] constexpr std::int64_t to_ms(Timestamp t) {
  return std::chrono::floor<std::chrono::milliseconds>(t).time_since_epoch().count();
}

/// `2024-03-15T12:34:56Z`, with a fraction of 3 or 6 digits only where it is not zero.
[[nodiscard]] KLINEKEEP_API std::string format_iso(Timestamp t);

}  // namespace klinekeep
