#include "store/month.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace klinekeep::store {

using std::chrono::days;
using std::chrono::months;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;

Month month_of(Timestamp t) {
  const year_month_day date{std::chrono::floor<days>(t)};
  return date.year() / date.month();
}

std::string text_of(Month month) {
  return fmt::format("{:04}-{:02}", static_cast<int>(month.year()), static_cast<unsigned>(month.month()));
}

TimeRange range_of(Month month) { return {sys_days{month / 1}, sys_days{(month + months{1}) / 1}}; }

std::vector<Month> months_in(const TimeRange& range) {
  const TimeRange possible{sys_days{year{1} / 1 / 1}, kEndOfTime};
  const TimeRange part = range.intersect(possible);
  std::vector<Month> touched;
  if (part.empty()) return touched;
  const Month last = month_of(part.end - Duration{1});
  for (Month month = month_of(part.begin); month <= last; month += months{1}) touched.push_back(month);
  return touched;
}

}  // namespace klinekeep::store
