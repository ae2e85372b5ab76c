// The digits of numbers as text wants them: of one, or of many at once. Thread-safe.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "processor/kernels.hpp"

namespace klinekeep::cli {

/// A number below 1e16 in two parts of eight digits, a byte each, the first digit in the lowest, as values and not as
/// characters: of a decimal what stands before the point and behind it, of an integer its upper and its lower half.
struct NumberDigits {
  std::uint64_t first;
  std::uint64_t last;

  /// Whether there are digits; else the number has to be written by other means.
  [[nodiscard]] bool are_known() const { return first != kUnknown; }
  static constexpr std::uint64_t kUnknown = ~std::uint64_t{0};
};

using processor::Kernels;

/// Portable: one number after the other, eight digits at a time; with AVX2 four numbers at a time. Both give the same.
///
/// Writes the digits of `count` numbers to `to`. Unknown where a decimal is negative (or -0), not below kDecimalEnd, or
/// has more than eight decimals; where an integer is negative or not below 1e16.
void split(Kernels kernels, const double* values, std::size_t count, NumberDigits* to);
void split(Kernels kernels, const std::int64_t* values, std::size_t count, NumberDigits* to);

/// Decimals of eight places below it are further apart than the doubles beside them, so that none of the same length
/// and no shorter one reads back as the same double.
inline constexpr double kDecimalEnd = 1 << 24;

static_assert(std::endian::native == std::endian::little, "digits are made eight at a time");
inline constexpr std::uint64_t kHundredMillion = 100'000'000;

/// Of a number below 1e8.
inline std::uint64_t eight_digits(std::uint64_t number) {
  const std::uint64_t fours = number / 10'000 | (number % 10'000) << 32U;
  const std::uint64_t hundreds = (fours * 10'486 >> 20U) & 0x0000007F'0000007F;
  const std::uint64_t twos = hundreds | (fours - 100 * hundreds) << 16U;
  const std::uint64_t tens = (twos * 103 >> 10U) & 0x000F'000F'000F'000F;
  return tens | (twos - 10 * tens) << 8U;
}

inline NumberDigits digits_of(double value) {
  if (!(value < kDecimalEnd) || std::bit_cast<std::int64_t>(value) < 0) return {NumberDigits::kUnknown, 0};
  constexpr double kToInteger = 4'503'599'627'370'496;  // 2^52: has no room for a fraction
  const auto scaled = static_cast<std::uint64_t>(static_cast<std::int64_t>(value * 1e8 + kToInteger - kToInteger));
  // Both are exact, and so the quotient is the double nearest to the decimal.
  if (static_cast<double>(static_cast<std::int64_t>(scaled)) / 1e8 != value) return {NumberDigits::kUnknown, 0};
  return {eight_digits(scaled / kHundredMillion), eight_digits(scaled % kHundredMillion)};
}

inline NumberDigits digits_of(std::int64_t value) {
  const auto number = static_cast<std::uint64_t>(value);
  if (number >= kHundredMillion * kHundredMillion) return {NumberDigits::kUnknown, 0};
  return {eight_digits(number / kHundredMillion), eight_digits(number % kHundredMillion)};
}

/// Writes eight digits, of which the caller may overwrite the last ones.
inline void put_eight(char* out, std::uint64_t digits) {
  constexpr std::uint64_t kEightZeros = 0x3030303030303030;
  const std::uint64_t text = digits | kEightZeros;
  std::memcpy(out, &text, sizeof text);
}

/// Eight digits without the zeros in front, but one at least. Up to eight characters beyond the end are overwritten, as
/// by the functions below.
inline char* put_without_zeros(char* out, std::uint64_t digits) {
  const auto zeros = static_cast<unsigned>(std::countr_zero(digits | std::uint64_t{1} << 56U)) / 8;
  put_eight(out, digits >> (8 * zeros));
  return out + (8 - zeros);
}

inline char* put_decimal(char* out, NumberDigits digits) {
  out = put_without_zeros(out, digits.first);
  *out = '.';
  put_eight(out + 1, digits.last);
  const auto decimals = 8 - static_cast<unsigned>(std::countl_zero(digits.last)) / 8;
  return out + decimals + (decimals != 0 ? 1 : 0);
}

inline char* put_integer(char* out, NumberDigits digits) {
  if (digits.first == 0) return put_without_zeros(out, digits.last);
  out = put_without_zeros(out, digits.first);
  put_eight(out, digits.last);
  return out + 8;
}

}  // namespace klinekeep::cli
