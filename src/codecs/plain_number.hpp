// Numbers as nearly all of Binance's are written, eight digits at a time in one register. What is not taken here is not
// bad: it is for codecs/decimal.hpp, which reads every number.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace klinekeep::codecs {

/// How many bytes behind the end of a number may be read.
inline constexpr std::size_t kPlainSlack = 16;

inline constexpr std::array<std::uint64_t, 9> kPowersOfTen{1,       10,        100,        1'000,      10'000,
                                                           100'000, 1'000'000, 10'000'000, 100'000'000};

/// Up to here every integer is a double.
inline constexpr std::uint64_t kMaxExact = std::uint64_t{1} << 53U;

struct Digits {
  std::uint64_t value = 0;
  unsigned count = 0;
};

/// What eight digits spell, given as their values, the first in the lowest byte.
inline std::uint64_t join(std::uint64_t digits) {
  const std::uint64_t pairs = digits * 10 + (digits >> 8U);
  const std::uint64_t outer = (pairs & 0x000000FF000000FFU) * (100 + (1'000'000ULL << 32U));
  const std::uint64_t inner = (pairs >> 16U & 0x000000FF000000FFU) * (1 + (10'000ULL << 32U));
  return (outer + inner) >> 32U;
}

/// Those at the start of the 8 bytes at `at`.
inline Digits leading_digits(const char* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  word ^= 0x3030303030303030U;  // now a digit is its value
  // Bytes above 9 get their high bit; what one of them may carry only reaches those behind it.
  const std::uint64_t others = (word | (word + 0x7676767676767676U)) & 0x8080808080808080U;
  // A branch of its own: what stands behind eight digits then need not wait until they are counted.
  if (others == 0) return {join(word), 8};
  const unsigned count = static_cast<unsigned>(std::countr_zero(others)) / 8;
  if (count == 0) return {};
  return {join(word << (64 - 8 * count)), count};  // zeros in front of the digits
}

/// Reads 1 to 16 digits and moves `at` behind them. False where there is none; where there are more, what follows is a
/// digit.
inline bool take_integer(const char*& at, std::uint64_t& value) {
  const Digits high = leading_digits(at);
  if (high.count == 0) return false;
  at += high.count;
  value = high.value;
  if (high.count < 8) return true;
  const Digits low = leading_digits(at);
  at += low.count;
  value = high.value * kPowersOfTen[low.count] + low.value;
  return true;
}

/// Reads a number without a sign, of 1 to 16 digits before the point and up to 8 behind it, and moves `at` behind it.
/// False where it is another one, or has a point and more digits than a double can hold; where there are more behind
/// the point, what follows is a digit.
///
/// Exact: an integer is rounded once. With a point, both the digits as an integer of at most 2^53 and the power of ten
/// are doubles, and one division of doubles rounds to the nearest.
inline bool take_decimal(const char*& at, double& value) {
  std::uint64_t mantissa = 0;
  if (!take_integer(at, mantissa)) return false;
  if (*at != '.') {
    value = static_cast<double>(mantissa);  // to the nearest
    return true;
  }
  const Digits fraction = leading_digits(++at);
  if (fraction.count == 0 || mantissa > kMaxExact / kPowersOfTen[fraction.count] - 1) return false;
  at += fraction.count;
  mantissa = mantissa * kPowersOfTen[fraction.count] + fraction.value;
  value = static_cast<double>(mantissa) / static_cast<double>(kPowersOfTen[fraction.count]);
  return true;
}

}  // namespace klinekeep::codecs
