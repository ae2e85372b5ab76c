#include "klinekeep/interval.hpp"

#include <algorithm>

namespace klinekeep {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::months;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year_month;
using std::chrono::year_month_day;

struct Row {
  Interval::Value value;
  std::string_view name;
  std::string_view archive_name;
  Duration step;  // from one grid point to the next; for 1M the shortest
  Duration span;  // from a candle's open to its end; for 1M the shortest
};

constexpr std::array<Row, 16> kTable{{
    {Interval::SECOND_1, "1s", "1s", seconds{1}, seconds{1}},
    {Interval::MINUTE_1, "1m", "1m", minutes{1}, minutes{1}},
    {Interval::MINUTE_3, "3m", "3m", minutes{3}, minutes{3}},
    {Interval::MINUTE_5, "5m", "5m", minutes{5}, minutes{5}},
    {Interval::MINUTE_15, "15m", "15m", minutes{15}, minutes{15}},
    {Interval::MINUTE_30, "30m", "30m", minutes{30}, minutes{30}},
    {Interval::HOUR_1, "1h", "1h", hours{1}, hours{1}},
    {Interval::HOUR_2, "2h", "2h", hours{2}, hours{2}},
    {Interval::HOUR_4, "4h", "4h", hours{4}, hours{4}},
    {Interval::HOUR_6, "6h", "6h", hours{6}, hours{6}},
    {Interval::HOUR_8, "8h", "8h", hours{8}, hours{8}},
    {Interval::HOUR_12, "12h", "12h", hours{12}, hours{12}},
    {Interval::DAY_1, "1d", "1d", days{1}, days{1}},
    {Interval::DAY_3, "3d", "3d", days{1}, days{3}},
    {Interval::WEEK_1, "1w", "1w", days{7}, days{7}},
    {Interval::MONTH_1, "1M", "1mo", days{28}, days{28}},
}};

static_assert(std::ranges::all_of(kTable, [](const Row& row) { return &row - kTable.data() == row.value; }));

constexpr const Row& row_of(Interval::Value value) { return kTable[value]; }

// 1970-01-05 was the first Monday after the epoch.
constexpr Timestamp kFirstMonday{days{4}};

constexpr Timestamp anchor_of(Interval::Value value) { return value == Interval::WEEK_1 ? kFirstMonday : Timestamp{}; }

constexpr Duration floor_to(Duration value, Duration step) {
  const Duration rest = value % step;
  return value - (rest < Duration::zero() ? rest + step : rest);
}

constexpr year_month month_of(Timestamp t) {
  const year_month_day date{std::chrono::floor<days>(t)};
  return date.year() / date.month();
}

constexpr Timestamp first_of(year_month month) { return sys_days{month / 1}; }

}  // namespace

std::string_view Interval::name() const { return row_of(value_).name; }

std::string_view Interval::archive_name() const { return row_of(value_).archive_name; }

std::optional<Interval> Interval::parse(std::string_view name) {
  const auto* const found =
      std::ranges::find_if(kTable, [&](const Row& row) { return row.name == name || row.archive_name == name; });
  return found == kTable.end() ? std::nullopt : std::optional<Interval>{found->value};
}

Timestamp Interval::floor(Timestamp t) const {
  if (value_ == MONTH_1) return first_of(month_of(t));
  const Timestamp anchor = anchor_of(value_);
  return anchor + floor_to(t - anchor, row_of(value_).step);
}

Timestamp Interval::ceil(Timestamp t) const {
  const Timestamp below = floor(t);
  return below == t ? t : next(below);
}

Timestamp Interval::next(Timestamp slot) const {
  if (value_ == MONTH_1) return first_of(month_of(slot) + months{1});
  return slot + row_of(value_).step;
}

Timestamp Interval::close_of(Timestamp open) const {
  if (value_ != MONTH_1) return open + row_of(value_).span;
  const Timestamp first = floor(open);
  return next(first) + (open - first);
}

std::int64_t Interval::count(const TimeRange& range) const {
  if (range.empty()) return 0;
  const Timestamp first = ceil(range.begin);
  const Timestamp end = ceil(range.end);
  if (value_ == MONTH_1) return (month_of(end) - month_of(first)).count();
  const Duration span = row_of(value_).span;
  return (end - first + span - Duration{1}) / span;
}

std::optional<std::pair<Timestamp, Timestamp>> adjust_time_window(Timestamp start, Timestamp end, Interval interval) {
  if (start > end || end < kBeginOfTime || start > kEndOfTime) return std::nullopt;
  const Timestamp first = interval.ceil(std::max(start, kBeginOfTime));
  const Timestamp last = interval.floor(std::min(end, kEndOfTime));
  if (first > last) return std::nullopt;
  return std::pair{first, last};
}

std::int64_t estimate_data_points(Timestamp start, Timestamp end, Interval interval) {
  start = std::clamp(start, kBeginOfTime, kEndOfTime);
  end = std::clamp(end, kBeginOfTime, kEndOfTime);
  if (start >= end) return 0;
  if (interval != Interval::MONTH_1) return (end - start) / row_of(interval).span;
  const std::int64_t between = (month_of(end) - month_of(start)).count();
  const Duration start_offset = start - interval.floor(start);
  const Duration end_offset = end - interval.floor(end);
  return end_offset >= start_offset ? between : between - 1;
}

}  // namespace klinekeep
