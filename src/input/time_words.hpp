// The words that people write for a time on the command line. All functions are pure and thread-safe.
#pragma once

#include <cstdint>
#include <string_view>

#include "klinekeep/time.hpp"

namespace klinekeep::input {

/// A time as it was written, not yet an instant: what `now` means is known later, and what a bare date or a digit below
/// the microsecond means depends on which end of a window it names. A small value; made by `parse_time_word`.
class TimeWord {
 public:
  enum class Kind : std::uint8_t {
    instant,   // ISO 8601 with a time of day, or epoch milliseconds
    date,      // 2024-03-15: a whole UTC day
    now,       // the word itself
    relative,  // -2h: that long before now
  };

  /// `more`: the instant lies after `at`, by less than a microsecond.
  [[nodiscard]] static TimeWord instant(Timestamp at, bool more) { return {Kind::instant, at, more, {}}; }
  [[nodiscard]] static TimeWord date(Timestamp midnight) { return {Kind::date, midnight, false, {}}; }
  [[nodiscard]] static TimeWord now() { return {Kind::now, {}, false, {}}; }
  [[nodiscard]] static TimeWord before_now(Duration back) { return {Kind::relative, {}, false, back}; }

  [[nodiscard]] Kind kind() const { return kind_; }

  /// The first instant that the word allows: a date begins at its midnight, digits below the microsecond round up.
  [[nodiscard]] Timestamp resolve_start(Timestamp now) const;

  /// The last instant that the word allows: digits below the microsecond round down; a date is its last microsecond,
  /// but `now` where the day has begun and is not over. A date wholly in the future stays there, for the request to be
  /// refused.
  [[nodiscard]] Timestamp resolve_end(Timestamp now) const;

  friend bool operator==(const TimeWord&, const TimeWord&) = default;

 private:
  TimeWord(Kind kind, Timestamp at, bool more, Duration back) : kind_(kind), more_(more), at_(at), back_(back) {}

  Kind kind_;
  bool more_;
  Timestamp at_;
  Duration back_;
};

/// Reads one word, all of it. It takes
///   ISO 8601     2024-03-15T12:34, …:56, …:56.789 (any number of digits, after '.' or ','), 20240315T123456; a blank
///   for the T;
///                a zone Z, +HH, +HHMM, +HH:MM, or the same with '-'; none is UTC; years 0001 to 9999
///   a date       2024-03-15
///   epoch ms     an optional sign and 1 to 15 digits
///   now
///   relative     -45s, -30m, -2h, -7d, -2w: whole numbers, at most 1,000 years
/// Throws InvalidRequest, whose message quotes the word, says what is wrong and what would be right. Refused are days
/// that the calendar does not have, hour 24, leap seconds, and numbers that somebody surely meant otherwise: 9 and 10
/// digits (seconds), 16 and more (microseconds, nanoseconds), and unsigned years and dates without dashes (2024,
/// 20240315) since 2009, which as milliseconds would be in the first hours of 1970.
[[nodiscard]] TimeWord parse_time_word(std::string_view word);

}  // namespace klinekeep::input
