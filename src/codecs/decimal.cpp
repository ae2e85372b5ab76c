#include "codecs/decimal.hpp"

#include <charconv>
#include <cmath>

namespace klinekeep::codecs {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Removes the digits at the front of `text`; false where there is none.
bool skip_digits(std::string_view& text) {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  text.remove_prefix(count);
  return count > 0;
}

/// std::from_chars also takes `nan`, `inf`, `1.`, `.5` and exponents, so the characters are checked first.
bool is_decimal(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  if (!skip_digits(text)) return false;
  if (text.empty()) return true;
  if (!text.starts_with('.')) return false;
  text.remove_prefix(1);
  return skip_digits(text) && text.empty();
}

/// Whether a decimal that no normal double is near has only zeros before the point: then it is too small, else too
/// large.
bool is_below_one(std::string_view decimal) {
  if (decimal.starts_with('-')) decimal.remove_prefix(1);
  const std::string_view whole = decimal.substr(0, decimal.find('.'));
  return whole.find_first_not_of('0') == std::string_view::npos;
}

}  // namespace

std::optional<double> parse_decimal(std::string_view text) {
  if (!is_decimal(text)) return std::nullopt;
  double value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (result.ec == std::errc::result_out_of_range) {
    if (!is_below_one(text)) return std::nullopt;
    return text.starts_with('-') ? -0.0 : 0.0;
  }
  if (result.ec != std::errc{} || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc{} || result.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace klinekeep::codecs
