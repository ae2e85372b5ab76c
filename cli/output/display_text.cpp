#include "output/display_text.hpp"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

namespace klinekeep::cli {
namespace {

constexpr std::array<std::string_view, 8> kBars{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::string_view kEllipsis = "…";

struct Character {
  std::string_view bytes;  // as to be shown
  std::size_t width;
};

/// Takes the first character off `text`, which is not empty.
Character take_character(std::string_view& text) {
  utf8proc_int32_t code = 0;
  const auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                     static_cast<utf8proc_ssize_t>(text.size()), &code);
  const std::string_view bytes = text.substr(0, size < 0 ? 1 : static_cast<std::size_t>(size));
  text.remove_prefix(bytes.size());
  if (size < 0 || utf8proc_category(code) == UTF8PROC_CATEGORY_CC) return {"?", 1};
  return {bytes, static_cast<std::size_t>(utf8proc_charwidth(code))};
}

std::string_view sequence(Style style) {
  switch (style) {
    case Style::dim:
      return "\x1b[2m";
    case Style::bold:
      return "\x1b[1m";
    case Style::green:
      return "\x1b[32m";
    case Style::red:
      return "\x1b[31m";
    case Style::plain:
      break;
  }
  return "";
}

std::string paint(const std::string& text, Style style, bool colour) {
  if (!colour || style == Style::plain || text.empty()) return text;
  return fmt::format("{}{}\x1b[0m", sequence(style), text);
}

std::string_view bar(double value, double low, double high) {
  if (!std::isfinite(value)) return " ";
  if (low == high) return kBars[3];
  // Halves, as the whole difference may overflow.
  const double height = (value / 2 - low / 2) / (high / 2 - low / 2);
  return kBars[static_cast<std::size_t>(std::clamp(height * 8, 0.0, 7.0))];
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) width += take_character(text).width;
  return width;
}

std::string pad_left(std::string_view text, std::size_t width) {
  const std::size_t taken = display_width(text);
  return std::string(width > taken ? width - taken : 0, ' ').append(text);
}

std::string pad_right(std::string_view text, std::size_t width) {
  const std::size_t taken = display_width(text);
  return std::string(text).append(width > taken ? width - taken : 0, ' ');
}

std::string with_thousands(std::int64_t value) {
  const std::string digits = fmt::format("{}", value);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && digits[i - 1] != '-' && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

std::string counted(std::int64_t count, std::string_view thing) {
  return fmt::format("{} {}{}", with_thousands(count), thing, count == 1 ? "" : "s");
}

std::string size_text(std::int64_t bytes) {
  constexpr std::array<std::string_view, 5> kUnits{"kB", "MB", "GB", "TB", "PB"};
  if (bytes < 1000) return fmt::format("{} B", bytes);
  double size = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  for (; size >= 999.95 && unit + 1 < kUnits.size(); ++unit) size /= 1000;
  return fmt::format("{:.1f} {}", size, kUnits[unit]);
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines(1);
  while (true) {
    const std::size_t begin = text.find_first_not_of(' ');
    if (begin == std::string_view::npos) return lines;
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    const std::string_view word = text.substr(begin, end - begin);
    text.remove_prefix(end);
    if (!lines.back().empty() && display_width(lines.back()) + 1 + display_width(word) > width) lines.emplace_back();
    lines.back().append(lines.back().empty() ? "" : " ").append(word);
  }
}

std::string sparkline(std::span<const double> values, std::size_t cells) {
  double low = HUGE_VAL;
  double high = -HUGE_VAL;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  if (low > high) return {};
  cells = std::min(cells, values.size());
  std::string line;
  for (std::size_t i = 0; i < cells; ++i) {
    const std::size_t at = cells == 1 ? values.size() - 1 : (i * (values.size() - 1) + (cells - 1) / 2) / (cells - 1);
    line += bar(values[at], low, high);
  }
  return line;
}

StyledLine& StyledLine::add(std::string_view text, Style style) {
  width_ += display_width(text);
  parts_.push_back({std::string(text), style});
  return *this;
}

std::string StyledLine::render(std::size_t width, bool colour) const {
  const bool clipped = width_ > width;
  std::size_t room = clipped ? width - std::min<std::size_t>(width, 1) : width;
  std::string line;
  std::string blanks;  // held back until something follows
  for (const Part& part : parts_) {
    std::string shown;
    for (std::string_view rest = part.text; !rest.empty();) {
      const Character character = take_character(rest);
      if (character.width > room) {
        room = 0;
        break;
      }
      room -= character.width;
      if (character.bytes == " ") {
        blanks += ' ';
        continue;
      }
      (shown.empty() ? line : shown).append(blanks);
      blanks.clear();
      shown += character.bytes;
    }
    line += paint(shown, part.style, colour);
  }
  if (clipped && width > 0) line.append(blanks).append(kEllipsis);
  return line + '\n';
}

}  // namespace klinekeep::cli
