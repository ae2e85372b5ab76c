// Whole CSV rows in bulk: the ways to read those that are written as nearly all of Binance's are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/candles.hpp"

namespace klinekeep::codecs {

/// All give the same rows, bit for bit, and leave what they do not take to append_row.
enum class CsvKernel : std::uint8_t {
  none,  // leaves every row
  swar,  // eight digits at a time, in general registers
  avx2,  // four rows at a time where they are as the spot archive's are, else as swar
};

/// Whether this processor has what `kernel` needs.
[[nodiscard]] bool runs_here(CsvKernel kernel);

/// The fastest of those that are in use.
[[nodiscard]] CsvKernel active_csv_kernel();

/// Of a plain row, in bytes: a time of 13 digits, one digit for all else, twelve separators.
inline constexpr std::size_t kShortestRow = 36;

/// How many bytes behind the lines that it is given a kernel may read.
inline constexpr std::size_t kKernelSlack = 64;

/// How many rows a kernel makes before it knows that they are there. Columns that have room for so many more than come
/// stay where they are.
inline constexpr std::size_t kRowsAhead = 2048;

struct RowsTaken {
  std::size_t bytes = 0;
  std::size_t rows = 0;
};

/// Appends rows from the front of `lines` to `to`, up to the first that is not plain. All it appends are good rows; of
/// these it takes most whose numbers have no sign, at most 16 digits before the point and 8 behind it, and are below
/// 2^53 if the point is left out.
/// Each line ends with LF, and kKernelSlack bytes behind the last can be read.
RowsTaken take_plain_rows(CsvKernel kernel, std::string_view lines, Candles& to);

}  // namespace klinekeep::codecs
