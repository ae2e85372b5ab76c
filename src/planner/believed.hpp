// How young is too young, and how long an absence is believed: the periods of docs/architecture.md, C12.
#pragma once

#include <chrono>

#include "klinekeep/time.hpp"

namespace klinekeep::planner {

// Of the answer that brought it:
inline constexpr Duration kRowSettlesAfter = std::chrono::seconds{30};   // a candle that closed later is not stored
inline constexpr Duration kHoleSettlesAfter = std::chrono::minutes{15};  // a slot that closed later is not yet absent

// A `Date` that cannot be right: what had closed so long ago by our clock, and not by the answer's, is asked again.
inline constexpr Duration kClocksDiffer = std::chrono::seconds{60};
inline constexpr Duration kClocksAgree = std::chrono::seconds{5};

// An absence is asked again.
inline constexpr Duration kYoung = std::chrono::hours{36};
inline constexpr Duration kYoungAskedAfter = std::chrono::hours{1};
inline constexpr Duration kOld = std::chrono::days{90};
inline constexpr Duration kAskedAfter = std::chrono::days{7};  // also what is known of a series as a whole

/// So many candles lacking in a row at a page's edge are as suspicious as a whole day.
inline constexpr int kManySlots = 100;

}  // namespace klinekeep::planner
