// Sizes, ages and months as people write them. Pure functions; each reads all of a word, or throws InvalidRequest that
// quotes it and says what would be right.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace klinekeep::input {

/// Bytes: a whole number, with K, M or G for the binary thousands (20G is 20 * 1024^3). No sign, no fraction.
[[nodiscard]] std::int64_t parse_size(std::string_view word);

/// A whole number and one of s, m, h, d: 90d. At most 1,000 years.
[[nodiscard]] std::chrono::seconds parse_age(std::string_view word);

/// 2024-03, or 202403 as the cache's files are named; years 0001 to 9999.
[[nodiscard]] std::chrono::year_month parse_month(std::string_view word);

}  // namespace klinekeep::input
