#include "input/time_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "core/quote.hpp"
#include "klinekeep/errors.hpp"

namespace klinekeep::input {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::year_month_day;

constexpr std::string_view kForms =
    "write ISO 8601 (2024-03-15T12:34:56Z), a date (2024-03-15), epoch milliseconds (13 digits), now, or a time before "
    "now "
    "(-2h; s, m, h, d, w)";
constexpr Timestamp kFirst = std::chrono::sys_days{std::chrono::year{1} / 1 / 1};
constexpr Timestamp kLast = std::chrono::sys_days{std::chrono::year{10000} / 1 / 1} - Duration{1};
constexpr Duration kFarthestBack = std::chrono::years{1000};

bool is_digit(char c) { return '0' <= c && c <= '9'; }
bool all_digits(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_digit); }

/// One word and how far it has been read.
class Reader {
 public:
  explicit Reader(std::string_view word) : word_(word), rest_(word) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] bool next_is(std::string_view any_of) const {
    return !rest_.empty() && any_of.find(rest_.front()) != std::string_view::npos;
  }
  bool take(std::string_view any_of) {
    if (!next_is(any_of)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(std::string_view any_of) {
    if (!take(any_of)) fail(kForms);
  }
  /// Exactly `count` digits.
  int number(std::size_t count) {
    if (rest_.size() < count || !all_digits(rest_.substr(0, count))) fail(kForms);
    int value = 0;
    for (const char c : rest_.substr(0, count)) value = value * 10 + (c - '0');
    rest_.remove_prefix(count);
    return value;
  }
  /// One or more digits, as they are.
  std::string_view digits() {
    const auto* const end = std::ranges::find_if_not(rest_, is_digit);
    const std::string_view found = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    if (found.empty()) fail(kForms);
    rest_.remove_prefix(found.size());
    return found;
  }
  [[noreturn]] void fail(std::string_view why) const {
    throw InvalidRequest(fmt::format("{} is not a time: {}", quote(word_), why));
  }

 private:
  std::string_view word_;
  std::string_view rest_;
};

std::chrono::sys_days make_day(const Reader& reader, int year, int month, int day) {
  if (year == 0) reader.fail("the years are 0001 to 9999");
  if (month < 1 || month > 12) reader.fail(fmt::format("month {:02} does not exist; the months are 01 to 12", month));
  const std::chrono::year_month month_of_year{std::chrono::year{year},
                                              std::chrono::month{static_cast<unsigned>(month)}};
  const year_month_day date = month_of_year / std::chrono::day{static_cast<unsigned>(day)};
  if (!date.ok()) {
    const auto last = static_cast<unsigned>((month_of_year / std::chrono::last).day());
    reader.fail(fmt::format("day {:02} does not exist; {:04}-{:02} has {} days", day, year, month, last));
  }
  return date;
}

seconds make_time_of_day(const Reader& reader, int hour, int minute, int second) {
  if (hour == 24) reader.fail("hour 24 does not exist; midnight is 00:00 of the next day");
  if (hour > 24) reader.fail(fmt::format("hour {:02} does not exist; the hours are 00 to 23", hour));
  if (minute > 59) reader.fail(fmt::format("minute {:02} does not exist; the minutes are 00 to 59", minute));
  if (second == 60) reader.fail("leap seconds are not known to exchanges; write :59, or :00 of the next minute");
  if (second > 60) reader.fail(fmt::format("second {:02} does not exist; the seconds are 00 to 59", second));
  return hours{hour} + minutes{minute} + seconds{second};
}

/// Whole microseconds of a fraction, and whether there is more.
std::pair<Duration, bool> read_fraction(Reader& reader) {
  const std::string_view digits = reader.digits();
  int micros = 0;
  for (std::size_t i = 0; i < 6; ++i) micros = micros * 10 + (i < digits.size() ? digits[i] - '0' : 0);
  const std::string_view below = digits.size() > 6 ? digits.substr(6) : std::string_view{};
  return {Duration{micros}, std::ranges::any_of(below, [](char c) { return c != '0'; })};
}

/// How far local time is ahead of UTC.
minutes read_zone(Reader& reader) {
  if (reader.at_end() || reader.take("Zz")) return minutes{0};
  const bool behind = reader.next_is("-");
  reader.expect("+-");
  const int hour = reader.number(2);
  int minute = 0;
  if (!reader.at_end()) {
    reader.take(":");
    minute = reader.number(2);
  }
  if (hour > 23 || minute > 59) reader.fail("no zone is that far from UTC; write Z, or as in +02:00");
  const minutes offset = hours{hour} + minutes{minute};
  return behind ? -offset : offset;
}

TimeWord parse_iso(std::string_view word) {
  Reader reader{word};
  const int year = reader.number(4);
  const bool extended = reader.take("-");
  const int month = reader.number(2);
  if (extended) reader.expect("-");
  const int day = reader.number(2);
  if (extended && reader.at_end()) return TimeWord::date(make_day(reader, year, month, day));

  reader.expect("Tt ");
  const int hour = reader.number(2);
  if (extended) reader.expect(":");
  const int minute = reader.number(2);
  int second = 0;
  std::pair<Duration, bool> fraction{};
  if (extended ? reader.take(":") : reader.next_is("0123456789")) {
    second = reader.number(2);
    if (reader.take(".,")) fraction = read_fraction(reader);
  }
  const minutes ahead = read_zone(reader);
  if (!reader.at_end()) reader.fail(kForms);

  const Timestamp at =
      make_day(reader, year, month, day) + make_time_of_day(reader, hour, minute, second) + fraction.first - ahead;
  if (at < kFirst || at > kLast) reader.fail("in UTC it is outside the years 0001 to 9999");
  return TimeWord::instant(at, fraction.second);
}

/// A hint where unsigned digits spell a year or a date since 2009, when there was nothing to trade before.
void refuse_date_without_dashes(const Reader& reader, std::string_view digits) {
  if (digits.size() != 4 && digits.size() != 8) return;
  Reader parts{digits};
  const int year = parts.number(4);
  if (year < 2009 || year > 2099) return;
  if (parts.at_end())
    reader.fail(fmt::format("a year or milliseconds? Write {0:04}-01-01, or +{0} for the latter", year));
  const int month = parts.number(2);
  const int day = parts.number(2);
  const year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                            std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return;
  reader.fail(
      fmt::format("a date or milliseconds? Write {:04}-{:02}-{:02}, or +{} for the latter", year, month, day, digits));
}

TimeWord parse_epoch_ms(std::string_view word) {
  const Reader reader{word};
  const bool has_sign = !is_digit(word.front());
  const std::string_view digits = word.substr(has_sign ? 1 : 0);
  const auto hint = [&](std::string_view what) {
    reader.fail(fmt::format("{} digits look like {}; epoch milliseconds have 13 digits", digits.size(), what));
  };
  if (digits.size() == 9 || digits.size() == 10) hint("seconds");
  if (digits.size() >= 16 && digits.size() <= 18) hint("microseconds");
  if (digits.size() >= 19) hint("nanoseconds");
  if (!has_sign) refuse_date_without_dashes(reader, digits);

  std::int64_t ms = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), ms);  // at most 15 digits: fits
  if (word.front() == '-') ms = -ms;
  if (ms < to_ms(kFirst) || ms > to_ms(kLast)) reader.fail("it is outside the years 0001 to 9999");
  return TimeWord::instant(from_ms(ms), false);
}

std::optional<Duration> unit_of(char letter) {
  switch (letter) {
    case 's':
      return seconds{1};
    case 'm':
      return minutes{1};
    case 'h':
      return hours{1};
    case 'd':
      return days{1};
    case 'w':
      return std::chrono::weeks{1};
    default:
      return std::nullopt;
  }
}

/// A word that begins with '-' or '+' and is more than digits.
TimeWord parse_relative(std::string_view word) {
  const Reader reader{word};
  const std::optional<Duration> unit = unit_of(word.back());
  const std::string_view amount = word.substr(1, word.size() - 2);
  if (!unit || amount.empty()) reader.fail(kForms);
  if (word.front() == '+') reader.fail(fmt::format("times are relative to now and before it: -{}", word.substr(1)));
  if (!all_digits(amount)) {
    reader.fail("a relative time is one whole number and one unit (s, m, h, d, w): -90m, not -1.5h or -1h30m");
  }
  std::int64_t count = 0;
  const auto [_, problem] = std::from_chars(amount.data(), amount.data() + amount.size(), count);
  if (problem != std::errc{} || count > kFarthestBack / *unit) reader.fail("it is more than 1,000 years before now");
  return TimeWord::before_now(count * *unit);
}

}  // namespace

Timestamp TimeWord::resolve_start(Timestamp now) const {
  switch (kind_) {
    case Kind::instant:
      return more_ ? at_ + Duration{1} : at_;
    case Kind::date:
      return at_;
    case Kind::now:
    case Kind::relative:
      break;
  }
  return now - back_;
}

Timestamp TimeWord::resolve_end(Timestamp now) const {
  if (kind_ == Kind::instant) return at_;
  if (kind_ != Kind::date) return now - back_;
  const Timestamp last = at_ + days{1} - Duration{1};
  return at_ <= now ? std::min(now, last) : last;
}

TimeWord parse_time_word(std::string_view word) {
  if (word == "now") return TimeWord::now();
  const bool has_sign = word.starts_with('-') || word.starts_with('+');
  if (all_digits(word.substr(has_sign ? 1 : 0))) return parse_epoch_ms(word);
  if (has_sign && word.size() > 1) return parse_relative(word);
  return parse_iso(word);
}

}  // namespace klinekeep::input
