#include "output/table_cells.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <string_view>

#include "output/display_text.hpp"
#include "output/number_text.hpp"

namespace klinekeep::cli {
namespace {

constexpr std::int64_t kSecond = 1000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::size_t kDateLength = 10;
constexpr std::size_t kYearLength = 5;  // and its dash
constexpr double kMaxPlain = 1e15;

std::string iso_text(std::int64_t ms) {
  std::array<char, kMaxNumberText> text{};
  return {text.data(), put_iso_ms(text.data(), ms)};
}

std::string shortest(double value) {
  std::array<char, kMaxNumberText> text{};
  return {text.data(), put_double(text.data(), value)};
}

bool is_plain(double value) { return std::isfinite(value) && std::abs(value) < kMaxPlain; }

/// Characters of 2024-01-01 00:00:00.000 that say all there is to say of each time.
std::size_t needed_length(std::span<const std::int64_t> times) {
  const auto all_whole = [&](std::int64_t unit) {
    return std::ranges::all_of(times, [unit](std::int64_t ms) { return ms % unit == 0; });
  };
  if (all_whole(kDay)) return kDateLength;
  if (all_whole(kMinute)) return 16;
  return all_whole(kSecond) ? 19 : 23;
}

}  // namespace

std::vector<std::string> time_cells(std::span<const std::int64_t> times, bool with_year) {
  const std::size_t length = needed_length(times);
  bool same_year = true;
  std::vector<std::string> cells;
  for (const std::int64_t ms : times) {
    std::string text = iso_text(ms);
    const bool has_date = text.back() == 'Z';
    if (has_date) {
      text.back() = '.';
      if (text.size() == 20) text += "000";
      text[kDateLength] = ' ';
      text.resize(length);
    }
    cells.push_back(std::move(text));
    same_year = same_year && has_date && cells.back().starts_with(cells.front().substr(0, kYearLength));
  }
  if (!with_year && same_year && length > kDateLength) {
    for (std::string& cell : cells) cell.erase(0, kYearLength);
  }
  return cells;
}

int decimals_for_all(std::span<const double> values, int max_digits) {
  int decimals = 0;
  int whole_digits = 1;
  for (const double value : values) {
    if (!is_plain(value)) continue;
    const std::string text = shortest(std::abs(value));
    if (text.find('e') != std::string::npos) continue;
    const std::size_t point = std::min(text.find('.'), text.size());
    whole_digits = std::max(whole_digits, static_cast<int>(point));
    if (point < text.size()) decimals = std::max(decimals, static_cast<int>(text.size() - point - 1));
  }
  return std::clamp(max_digits - whole_digits, 0, decimals);
}

std::string number_cell(double value, int decimals) {
  return is_plain(value) ? fmt::format("{:.{}f}", value, decimals) : shortest(value);
}

std::string span_text(std::int64_t ms) {
  if (ms < kSecond) return fmt::format("{} ms", ms);
  struct Unit {
    std::int64_t size;
    std::string_view name;
  };
  constexpr std::array<Unit, 4> kUnits{{{kDay, "days"}, {kHour, "h"}, {kMinute, "min"}, {kSecond, "s"}}};
  const auto* const largest = std::ranges::find_if(kUnits, [ms](const Unit& unit) { return ms >= unit.size; });
  const std::int64_t count = ms / largest->size;
  std::string text =
      fmt::format("{} {}", with_thousands(count), count == 1 && largest->size == kDay ? "day" : largest->name);
  if (const auto* const next = largest + 1; next != kUnits.end() && ms % largest->size >= next->size) {
    text += fmt::format(" {} {}", ms % largest->size / next->size, next->name);
  }
  return text;
}

}  // namespace klinekeep::cli
