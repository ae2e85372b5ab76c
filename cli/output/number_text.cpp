#include "output/number_text.hpp"

#include <charconv>
#include <chrono>
#include <cmath>
#include <string_view>

#include "output/number_digits.hpp"

namespace klinekeep::cli {
namespace {

constexpr std::size_t kMaxPlain = 25;
constexpr std::int64_t kFirstMs = -62'135'596'800'000;  // 0001-01-01
constexpr std::int64_t kEndMs = 253'402'300'800'000;    // 10000-01-01

char* put_text(char* out, std::string_view text) { return out + text.copy(out, text.size()); }

char* put_two(char* out, unsigned number) {
  out[0] = static_cast<char>('0' + number / 10);
  out[1] = static_cast<char>('0' + number % 10);
  return out + 2;
}

}  // namespace

char* put_double(char* out, double value) {
  if (const NumberDigits digits = digits_of(std::abs(value)); digits.are_known()) {
    *out = '-';
    return put_decimal(out + (std::signbit(value) ? 1 : 0), digits);
  }
  if (std::isnan(value)) return put_text(out, "nan");
  const auto plain = std::to_chars(out, out + kMaxPlain, value, std::chars_format::fixed);
  if (plain.ec == std::errc{}) return plain.ptr;
  return std::to_chars(out, out + kMaxNumberText, value).ptr;
}

char* put_int(char* out, std::int64_t value) {
  if (const NumberDigits digits = digits_of(value); digits.are_known()) return put_integer(out, digits);
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
