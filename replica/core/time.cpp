#include "core/time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace replica {
namespace {

namespace chr = std::chrono;

std::optional<long long> parse_number(std::string_view text) {
  long long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

std::optional<Instant> parse_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = parse_number(text.substr(0, 4));
  const auto month = parse_number(text.substr(5, 2));
  const auto day = parse_number(text.substr(8, 2));
  if (!year || !month || !day) return std::nullopt;
  const chr::year_month_day date{chr::year{static_cast<int>(*year)}, chr::month{static_cast<unsigned>(*month)},
                                 chr::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  return Instant{chr::sys_days{date}};
}

chr::hh_mm_ss<Millis> time_of_day(Instant t) { return chr::hh_mm_ss<Millis>{t - floor_to_day(t)}; }

}  // namespace

Span intersect(Span a, Span b) { return {std::max(a.from, b.from), std::min(a.to, b.to)}; }

std::optional<Millis> parse_time_of_day(std::string_view text) {
  if (text.size() < 5 || text[2] != ':') return std::nullopt;
  const auto hours = parse_number(text.substr(0, 2));
  const auto minutes = parse_number(text.substr(3, 2));
  if (!hours || !minutes) return std::nullopt;
  Millis result = chr::hours{*hours} + chr::minutes{*minutes};
  text.remove_prefix(5);
  if (text.empty()) return result;
  const auto seconds = text.size() >= 3 && text[0] == ':' ? parse_number(text.substr(1, 2)) : std::nullopt;
  if (!seconds) return std::nullopt;
  result += chr::seconds{*seconds};
  text.remove_prefix(3);
  if (text.empty()) return result;
  if (text.size() != 4 || text[0] != '.') return std::nullopt;
  const auto millis = parse_number(text.substr(1));
  if (!millis) return std::nullopt;
  return result + Millis{*millis};
}

std::optional<Instant> parse_instant(std::string_view text) {
  if (const auto epoch = parse_number(text)) return Instant{Millis{*epoch}};
  const auto date = parse_date(text.substr(0, 10));
  if (!date || text.size() == 10) return date;
  if (text[10] != 'T' && text[10] != ' ') return std::nullopt;
  text.remove_prefix(11);
  if (text.ends_with('Z')) text.remove_suffix(1);
  const auto time = parse_time_of_day(text);
  if (!time) return std::nullopt;
  return *date + *time;
}

std::optional<Span> parse_day(std::string_view stamp) {
  const auto day = parse_date(stamp);
  if (!day) return std::nullopt;
  return Span{*day, *day + kDay};
}

std::optional<Span> parse_month(std::string_view stamp) {
  if (stamp.size() != 7) return std::nullopt;
  const auto first = parse_date(std::string{stamp} + "-01");
  if (!first) return std::nullopt;
  return Span{*first, next_month(*first)};
}

Instant make_instant(int year, unsigned month, unsigned day) {
  return Instant{chr::sys_days{chr::year{year} / chr::month{month} / chr::day{day}}};
}

chr::year_month_day civil_date(Instant t) { return chr::year_month_day{chr::floor<chr::days>(t)}; }

Instant floor_to_day(Instant t) { return Instant{chr::floor<chr::days>(t)}; }

Instant floor_to_month(Instant t) {
  const auto date = civil_date(t);
  return Instant{chr::sys_days{date.year() / date.month() / 1}};
}

Instant next_month(Instant month_start) {
  const auto date = civil_date(month_start);
  return Instant{chr::sys_days{(date.year() / date.month() + chr::months{1}) / 1}};
}

std::string to_iso(Instant t) {
  const auto time = time_of_day(t);
  return fmt::format("{}T{:02}:{:02}:{:02}.{:03}Z", to_day_stamp(t), time.hours().count(), time.minutes().count(),
                     time.seconds().count(), time.subseconds().count());
}

std::string to_http_date(Instant t) {
  static constexpr std::array kWeekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto date = civil_date(t);
  const auto time = time_of_day(t);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                     kWeekdays.at(chr::weekday{chr::floor<chr::days>(t)}.c_encoding()), unsigned{date.day()},
                     kMonths.at(unsigned{date.month()} - 1), int{date.year()}, time.hours().count(),
                     time.minutes().count(), time.seconds().count());
}

std::string to_day_stamp(Instant t) {
  const auto date = civil_date(t);
  return fmt::format("{:04}-{:02}-{:02}", int{date.year()}, unsigned{date.month()}, unsigned{date.day()});
}

std::string to_month_stamp(Instant t) {
  const auto date = civil_date(t);
  return fmt::format("{:04}-{:02}", int{date.year()}, unsigned{date.month()});
}

}  // namespace replica
