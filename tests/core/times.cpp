#include "core/times.hpp"

#include <cstdio>
#include <stdexcept>

namespace klinekeep {

Timestamp at(const std::string& text) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 1;
  int hour = 0;
  int minute = 0;
  int second = 0;
  const int fields = std::sscanf(text.c_str(), "%d-%u-%uT%d:%d:%d", &year, &month, &day, &hour, &minute, &second);
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{day}};
  if ((fields != 2 && fields != 3 && fields != 6) || !date.ok()) throw std::invalid_argument(text);
  std::int64_t micros = 0;
  if (const auto dot = text.find('.'); dot != std::string::npos) {
    std::string digits = text.substr(dot + 1, text.find('Z') - dot - 1);
    digits.resize(6, '0');
    micros = std::stoll(digits);
  }
  return std::chrono::sys_days{date} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
         std::chrono::seconds{second} + Duration{micros};
}

TimeRange range(const std::string& begin, const std::string& end) { return {at(begin), at(end)}; }

std::string text_of(const TimeRange& range) { return format_iso(range.begin) + " .. " + format_iso(range.end); }

std::vector<std::string> texts_of(const std::vector<Timestamp>& times) {
  std::vector<std::string> texts;
  for (const Timestamp t : times) texts.push_back(format_iso(t));
  return texts;
}

}  // namespace klinekeep
