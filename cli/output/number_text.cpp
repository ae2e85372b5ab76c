#include "output/number_text.hpp"

#include <charconv>
#include <chrono>
#include <cmath>
#include <string_view>

namespace klinekeep::cli {
namespace {

constexpr std::size_t kMaxPlain = 25;
constexpr std::int64_t kFirstMs = -62'135'596'800'000;  // 0001-01-01
constexpr std::int64_t kEndMs = 253'402'300'800'000;    // 10000-01-01

char* put_text(char* out, std::string_view text) { return out + text.copy(out, text.size()); }

char* put_padded(char* out, std::int64_t value, int digits) {
  for (int i = digits - 1; i >= 0; --i, value /= 10) out[i] = static_cast<char>('0' + value % 10);
  return out + digits;
}

}  // namespace

char* put_double(char* out, double value) {
  if (std::isnan(value)) return put_text(out, "nan");
  const auto plain = std::to_chars(out, out + kMaxPlain, value, std::chars_format::fixed);
  if (plain.ec == std::errc{}) return plain.ptr;
  return std::to_chars(out, out + kMaxNumberText, value).ptr;
}

char* put_int(char* out, std::int64_t value) { return std::to_chars(out, out + kMaxNumberText, value).ptr; }

char* put_iso_ms(char* out, std::int64_t ms) {
  if (ms < kFirstMs || ms >= kEndMs) return put_int(out, ms);
  const std::chrono::sys_time<std::chrono::milliseconds> t{std::chrono::milliseconds{ms}};
  const auto day = std::chrono::floor<std::chrono::days>(t);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{t - day};
  out = put_padded(out, static_cast<int>(date.year()), 4);
  *out++ = '-';
  out = put_padded(out, static_cast<unsigned>(date.month()), 2);
  *out++ = '-';
  out = put_padded(out, static_cast<unsigned>(date.day()), 2);
  *out++ = 'T';
  out = put_padded(out, clock.hours().count(), 2);
  *out++ = ':';
  out = put_padded(out, clock.minutes().count(), 2);
  *out++ = ':';
  out = put_padded(out, clock.seconds().count(), 2);
  if (const std::int64_t fraction = clock.subseconds().count(); fraction != 0) {
    *out++ = '.';
    out = put_padded(out, fraction, 3);
  }
  *out++ = 'Z';
  return out;
}

}  // namespace klinekeep::cli
