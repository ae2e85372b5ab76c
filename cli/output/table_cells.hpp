// The cells of one column of the table. Pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace klinekeep::cli {

/// Times (ms since the epoch) as UTC, all as fine as the finest of them needs: 2024-01-01, 2024-01-01 00:00, …:00,
/// …:00.000. Without `with_year`, and if all are of one year and not bare dates: 01-01 00:00.
[[nodiscard]] std::vector<std::string> time_cells(std::span<const std::int64_t> times, bool with_year);

/// How many decimals the finest of `values` has in its shortest spelling, but no more than leave the largest with
/// `max_digits` digits.
[[nodiscard]] int decimals_for_all(std::span<const double> values, int max_digits);

/// With that many decimals; what is not finite, or too large for plain digits, in its shortest spelling.
[[nodiscard]] std::string number_cell(double value, int decimals);

/// 31 days; 23 h 59 min; 45 s; 250 ms: the one or two largest units.
[[nodiscard]] std::string span_text(std::int64_t ms);

}  // namespace klinekeep::cli
