#include "output/table_summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "klinekeep/schema.hpp"
#include "output/number_text.hpp"
#include "output/table_cells.hpp"

namespace klinekeep::cli {
namespace {

constexpr std::size_t kMaxBars = 60;
constexpr std::size_t kMinBars = 8;
constexpr std::string_view kSeparator = " · ";
constexpr std::size_t kDateLength = 10;

std::string shortest(double value) {
  std::array<char, kMaxNumberText> text{};
  return {text.data(), put_double(text.data(), value)};
}

const TableRow& last_row(const TableContent& content) {
  return content.tail.empty() ? content.head.back() : content.tail.back();
}

/// "2024-01-01 00:00 – 23:59 UTC": as fine as the rows of the table, and the second date only where it is another.
std::string from_to(const TableContent& content, std::size_t place) {
  std::vector<std::int64_t> times;
  times.reserve(content.head.size() + content.tail.size());
  for (const TableRow& row : content.head) times.push_back(row[place].integer);
  for (const TableRow& row : content.tail) times.push_back(row[place].integer);
  const std::vector<std::string> cells = time_cells(times, true);
  const std::string& first = cells.front();
  const std::string& last = cells.back();
  if (cells.size() == 1) return first + " UTC";
  const bool same_day = first.size() > kDateLength && last.size() > kDateLength &&
                        first.compare(0, kDateLength, last, 0, kDateLength) == 0;
  return fmt::format("{} – {} UTC", first, same_day ? last.substr(kDateLength + 1) : last);
}

/// From the first open_time to the end of the last candle, if its close_time is known, else to its open_time.
std::int64_t covered(const TableContent& content, std::int64_t first, std::int64_t last) {
  const auto close_time = place_of(content, "close_time");
  std::int64_t end = last;
  if (close_time) end = std::max(end, last_row(content)[*close_time].integer + 1);
  return end - first;
}

StyledLine what_and_when(const TableContent& content, std::size_t shown, std::size_t width) {
  StyledLine line;
  line.add(fmt::format("{} {}", with_thousands(content.rows), content.rows == 1 ? "candle" : "candles"), Style::bold);
  std::vector<std::string> parts;
  if (const auto place = place_of(content, "open_time")) {
    const std::int64_t first = content.head.front()[*place].integer;
    const std::int64_t last = last_row(content)[*place].integer;
    parts.push_back(from_to(content, *place));
    if (const std::int64_t length = covered(content, first, last); length > 0) parts.push_back(span_text(length));
  }
  if (shown < content.columns.size()) parts.push_back(fmt::format("{} of {} columns", shown, content.columns.size()));
  for (const std::string& part : parts) {
    if (line.width() + display_width(kSeparator) + display_width(part) > width) continue;
    line.add(kSeparator, Style::dim).add(part);
  }
  return line;
}

StyledLine shape(const TableContent& content, std::size_t width) {
  const double change = (*content.last_close - *content.first_price) / *content.first_price * 100;
  const Style direction = change > 0 ? Style::green : change < 0 ? Style::red : Style::plain;
  std::vector<std::pair<std::string, Style>> parts;
  if (std::isfinite(change)) parts.emplace_back(fmt::format("{:+.2f} %", change), direction);
  if (content.low) parts.emplace_back("low " + shortest(*content.low), Style::plain);
  if (content.high) parts.emplace_back("high " + shortest(*content.high), Style::plain);

  constexpr std::size_t kGap = 2;
  std::size_t room = width;
  std::size_t fitting = 0;
  for (; fitting < parts.size(); ++fitting) {
    const std::size_t needed = kGap + display_width(parts[fitting].first);
    if (room < needed + kMinBars) break;
    room -= needed;
  }
  const std::vector<double> closes = content.closes.values();
  StyledLine line;
  line.add(sparkline(closes, std::min(room, kMaxBars)), direction);
  for (std::size_t i = 0; i < fitting; ++i) line.add(std::string(kGap, ' ')).add(parts[i].first, parts[i].second);
  return line;
}

}  // namespace

std::optional<std::size_t> place_of(const TableContent& content, std::string_view column) {
  const auto found = std::ranges::find(content.columns, column, [](std::size_t i) { return kSchema[i].name; });
  if (found == content.columns.end()) return std::nullopt;
  return static_cast<std::size_t>(found - content.columns.begin());
}

std::vector<StyledLine> summarize(const TableContent& content, std::size_t shown, std::size_t width) {
  if (content.rows == 0) return {StyledLine{}.add("no candles in this window")};
  std::vector<StyledLine> lines{what_and_when(content, shown, width)};
  if (content.rows > 1 && content.first_price && content.last_close) lines.push_back(shape(content, width));
  return lines;
}

}  // namespace klinekeep::cli
