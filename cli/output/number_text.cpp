#include "output/number_text.hpp"

#include <bit>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstring>
#include <string_view>

namespace klinekeep::cli {
namespace {

constexpr std::size_t kMaxPlain = 25;
constexpr std::int64_t kFirstMs = -62'135'596'800'000;  // 0001-01-01
constexpr std::int64_t kEndMs = 253'402'300'800'000;    // 10000-01-01

char* put_text(char* out, std::string_view text) { return out + text.copy(out, text.size()); }

static_assert(std::endian::native == std::endian::little, "digits are made eight at a time");
constexpr std::uint64_t kEightZeros = 0x3030303030303030;
constexpr std::uint64_t kHundredMillion = 100'000'000;

/// The eight digits of a number below 1e8, a byte each, the first in the lowest: as values, not as characters.
std::uint64_t eight_digits(std::uint64_t number) {
  const std::uint64_t fours = number / 10'000 | (number % 10'000) << 32U;
  const std::uint64_t hundreds = (fours * 10'486 >> 20U) & 0x0000007F'0000007F;
  const std::uint64_t twos = hundreds | (fours - 100 * hundreds) << 16U;
  const std::uint64_t tens = (twos * 103 >> 10U) & 0x000F'000F'000F'000F;
  return tens | (twos - 10 * tens) << 8U;
}

/// Writes eight characters, of which the caller may overwrite the last ones.
void put_eight(char* out, std::uint64_t digits) {
  const std::uint64_t text = digits | kEightZeros;
  std::memcpy(out, &text, sizeof text);
}

/// `number` is below 1e16. Writes up to eight characters beyond the end.
char* put_natural(char* out, std::uint64_t number) {
  const bool is_long = number >= kHundredMillion;
  const std::uint64_t digits = eight_digits(is_long ? number / kHundredMillion : number);
  const auto zeros = static_cast<unsigned>(std::countr_zero(digits | std::uint64_t{1} << 56U)) / 8;  // 0 has a digit
  put_eight(out, digits >> (8 * zeros));
  out += 8 - zeros;
  if (!is_long) return out;
  put_eight(out, eight_digits(number % kHundredMillion));
  return out + 8;
}

/// Writes a number that has at most eight decimals and fifteen digits in all, as nearly all of a candle's have. Two
/// decimals of so few digits are never the same double, so that there is no shorter text. Null for any other number.
char* put_short_double(char* out, double value) {
  constexpr double kEnd = 1e7;
  const double magnitude = std::abs(value);
  if (!(magnitude < kEnd)) return nullptr;
  const auto rounded = static_cast<std::int64_t>(magnitude * 1e8 + 0.5);  // signed: an instruction each way
  // Both are exact, and so the quotient is the double nearest to the decimal.
  if (static_cast<double>(rounded) / 1e8 != magnitude) return nullptr;
  *out = '-';
  out += std::signbit(value) ? 1 : 0;
  const auto scaled = static_cast<std::uint64_t>(rounded);
  const std::uint64_t whole = scaled / kHundredMillion;
  const std::uint64_t decimals = eight_digits(scaled - whole * kHundredMillion);
  out = put_natural(out, whole);
  if (decimals == 0) return out;
  *out++ = '.';
  put_eight(out, decimals);
  return out + (8 - static_cast<unsigned>(std::countl_zero(decimals)) / 8);
}

char* put_two(char* out, unsigned number) {
  out[0] = static_cast<char>('0' + number / 10);
  out[1] = static_cast<char>('0' + number % 10);
  return out + 2;
}

}  // namespace

char* put_double(char* out, double value) {
  if (char* const end = put_short_double(out, value); end != nullptr) return end;
  if (std::isnan(value)) return put_text(out, "nan");
  const auto plain = std::to_chars(out, out + kMaxPlain, value, std::chars_format::fixed);
  if (plain.ec == std::errc{}) return plain.ptr;
  return std::to_chars(out, out + kMaxNumberText, value).ptr;
}

char* put_int(char* out, std::int64_t value) {
  constexpr std::int64_t kEnd = 10'000'000'000'000'000;
  if (value >= 0 && value < kEnd) return put_natural(out, static_cast<std::uint64_t>(value));
  return std::to_chars(out, out + kMaxNumberText, value).ptr;
}

char* put_iso_ms(char* out, std::int64_t ms) {
  if (ms < kFirstMs || ms >= kEndMs) return put_int(out, ms);
  const std::chrono::sys_time<std::chrono::milliseconds> t{std::chrono::milliseconds{ms}};
  const auto day = std::chrono::floor<std::chrono::days>(t);
  const std::chrono::year_month_day date{day};
  const auto of_day = static_cast<unsigned>((t - day).count());
  const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
  out = put_two(put_two(out, year / 100), year % 100);
  *out++ = '-';
  out = put_two(out, static_cast<unsigned>(date.month()));
  *out++ = '-';
  out = put_two(out, static_cast<unsigned>(date.day()));
  *out++ = 'T';
  out = put_two(out, of_day / 3'600'000);
  *out++ = ':';
  out = put_two(out, of_day / 60'000 % 60);
  *out++ = ':';
  out = put_two(out, of_day / 1000 % 60);
  if (const unsigned fraction = of_day % 1000; fraction != 0) {
    *out++ = '.';
    *out++ = static_cast<char>('0' + fraction / 100);
    out = put_two(out, fraction % 100);
  }
  *out++ = 'Z';
  return out;
}

}  // namespace klinekeep::cli
