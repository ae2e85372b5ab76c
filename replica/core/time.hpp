#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace replica {

using Millis = std::chrono::milliseconds;
using Instant = std::chrono::sys_time<Millis>;

inline constexpr Millis kDay = std::chrono::days{1};
inline constexpr Instant kEndOfTime{Millis{253402300799999}};  // 9999-12-31T23:59:59.999Z

/// Half-open: from <= t < to.
struct Span {
  Instant from;
  Instant to;
  bool empty() const { return from >= to; }
  bool contains(Instant t) const { return from <= t && t < to; }
};

Span intersect(Span a, Span b);

/// Reads ISO 8601 in UTC (2024-03-15, 2024-03-15T12:30:05.250Z, a blank for the T, the Z may be left out) or epoch
/// milliseconds.
std::optional<Instant> parse_instant(std::string_view text);

/// Reads 12:30, 12:30:05 or 12:30:05.250.
std::optional<Millis> parse_time_of_day(std::string_view text);

/// Reads the stamp of an archive file, 2024-03-15 or 2024-03, as the span of that day or month.
std::optional<Span> parse_day(std::string_view stamp);
std::optional<Span> parse_month(std::string_view stamp);

Instant make_instant(int year, unsigned month, unsigned day);
std::chrono::year_month_day civil_date(Instant t);
Instant floor_to_day(Instant t);
Instant floor_to_month(Instant t);
Instant next_month(Instant month_start);

std::string to_iso(Instant t);        // 2024-03-15T12:30:05.250Z
std::string to_http_date(Instant t);  // Fri, 15 Mar 2024 12:30:05 GMT
std::string to_day_stamp(Instant t);  // 2024-03-15
std::string to_month_stamp(Instant t);

}  // namespace replica
