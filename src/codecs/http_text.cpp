#include "codecs/http_text.hpp"

#include <algorithm>
#include <array>

#include "codecs/decimal.hpp"

namespace klinekeep::codecs {
namespace {

constexpr std::array<std::string_view, 7> kWeekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::string_view kHttpShape = "???, 00 ??? 0000 00:00:00 GMT";
constexpr std::string_view kS3Shape = "0000-00-00T00:00:00.000Z";
constexpr std::string_view kS3ShortShape = "0000-00-00T00:00:00Z";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Whether `text` has digits where `whole` has zeros, anything where it has question marks, and else its characters.
bool has_shape(std::string_view text, std::string_view whole) {
  if (text.size() != whole.size()) return false;
  return std::ranges::equal(text, whole, [](char c, char shape) {
    if (shape == '0') return is_digit(c);
    return shape == '?' || c == shape;
  });
}

/// The number of two or four digits there.
unsigned number(std::string_view digits) {
  unsigned value = 0;
  for (const char c : digits) value = value * 10 + static_cast<unsigned>(c - '0');
  return value;
}

template <std::size_t N>
std::optional<unsigned> index_of(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto* const found = std::ranges::find(names, name);
  if (found == names.end()) return std::nullopt;
  return static_cast<unsigned>(found - names.begin());
}

/// Without the blanks and tabs that may stand around a header's value.
std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) + 1 - first);
}

}  // namespace

std::optional<Timestamp> parse_http_date(std::string_view text) {
  text = trim(text);
  if (!has_shape(text, kHttpShape)) return std::nullopt;
  const auto weekday = index_of(kWeekdays, text.substr(0, 3));
  const auto month = index_of(kMonths, text.substr(8, 3));
  if (!weekday || !month) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(number(text.substr(12, 4)))},
                                         std::chrono::month{*month + 1}, std::chrono::day{number(text.substr(5, 2))}};
  const unsigned hour = number(text.substr(17, 2));
  const unsigned minute = number(text.substr(20, 2));
  const unsigned second = number(text.substr(23, 2));
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;  // 60: a leap second
  const std::chrono::sys_days day{date};
  if (std::chrono::weekday{day}.c_encoding() != *weekday) return std::nullopt;
  return day + std::chrono::hours{hour} + std::chrono::minutes{minute} + std::chrono::seconds{second};
}

std::optional<Timestamp> parse_s3_date(std::string_view text) {
  const bool with_fraction = has_shape(text, kS3Shape);
  if (!with_fraction && !has_shape(text, kS3ShortShape)) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(number(text.substr(0, 4)))},
                                         std::chrono::month{number(text.substr(5, 2))},
                                         std::chrono::day{number(text.substr(8, 2))}};
  const unsigned hour = number(text.substr(11, 2));
  const unsigned minute = number(text.substr(14, 2));
  const unsigned second = number(text.substr(17, 2));
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const unsigned fraction = with_fraction ? number(text.substr(20, 3)) : 0;
  return std::chrono::sys_days{date} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
         std::chrono::seconds{second} + std::chrono::milliseconds{fraction};
}

std::optional<std::chrono::seconds> parse_retry_after(std::string_view text, Timestamp now) {
  text = trim(text);
  if (!text.empty() && std::ranges::all_of(text, is_digit)) {
    const auto seconds = parse_integer(text);
    return std::min(kMaxRetryAfter, std::chrono::seconds{seconds.value_or(kMaxRetryAfter.count())});
  }
  const auto date = parse_http_date(text);
  if (!date) return std::nullopt;
  const auto wait = std::chrono::ceil<std::chrono::seconds>(*date - now);
  return std::clamp(wait, std::chrono::seconds{0}, kMaxRetryAfter);
}

std::optional<Md5Sum> parse_etag_md5(std::string_view text) {
  text = trim(text);
  if (text.size() >= 2 && text.starts_with('"') && text.ends_with('"')) text = text.substr(1, text.size() - 2);
  return parse_hex<Md5Sum>(text);
}

std::optional<std::int64_t> parse_header_integer(std::string_view text) {
  const auto value = parse_integer(trim(text));
  if (!value || *value < 0) return std::nullopt;
  return value;
}

}  // namespace klinekeep::codecs
