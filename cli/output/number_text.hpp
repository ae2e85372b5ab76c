// Numbers and times as text: locale-free, no allocation. Each function writes at `out` and returns the end of what it
// wrote; the caller provides room for kMaxNumberText characters, all of which may be overwritten. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>

namespace klinekeep::cli {

inline constexpr std::size_t kMaxNumberText = 40;

/// The shortest text that reads back as the same double, bit for bit: plain decimals (0.00002853, 7195.24, 126) where
/// they take at most 25 characters, else with an exponent (1e+300); `-0` for minus zero. Infinities and NaN are `inf`,
/// `-inf`, `nan`.
char* put_double(char* out, double value);

char* put_int(char* out, std::int64_t value);

/// 2024-01-01T00:00:00Z, or 2024-01-01T00:00:00.123Z where the milliseconds are not zero. What lies outside the years
/// 0001 to 9999 is written as the bare number.
char* put_iso_ms(char* out, std::int64_t ms);

}  // namespace klinekeep::cli
