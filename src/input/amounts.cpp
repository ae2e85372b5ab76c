#include "input/amounts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <string>

#include "core/quote.hpp"
#include "klinekeep/errors.hpp"

namespace klinekeep::input {
namespace {

constexpr std::string_view kSizeForms = "write a whole number of bytes, or of K, M or G (binary): 500M, 20G";
constexpr std::string_view kAgeForms = "write one whole number and one unit (s, m, h, d): 36h, 90d";
constexpr std::string_view kMonthForms = "write it as in 2024-03";
constexpr std::int64_t kThousand = 1024;
constexpr std::chrono::seconds kOldest = std::chrono::years{1000};

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return '0' <= c && c <= '9'; });
}

[[noreturn]] void fail(std::string_view word, std::string_view what, std::string_view why) {
  throw InvalidRequest(fmt::format("{} is not {}: {}", quote(word), what, why));
}

/// The number in `digits`, times `unit`; none where that is more than `most`. Digits only.
std::optional<std::int64_t> product(std::string_view digits, std::int64_t unit, std::int64_t most) {
  std::int64_t count = 0;
  const auto [_, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  if (problem != std::errc{} || count > most / unit) return std::nullopt;
  return count * unit;
}

std::int64_t size_unit(char letter) {
  switch (letter) {
    case 'K':
      return kThousand;
    case 'M':
      return kThousand * kThousand;
    case 'G':
      return kThousand * kThousand * kThousand;
    default:
      return 1;
  }
}

std::int64_t age_unit(char letter) {
  switch (letter) {
    case 's':
      return 1;
    case 'm':
      return 60;
    case 'h':
      return 3'600;
    case 'd':
      return 86'400;
    default:
      return 0;
  }
}

}  // namespace

std::int64_t parse_size(std::string_view word) {
  const std::int64_t unit = word.empty() ? 1 : size_unit(word.back());
  const std::string_view digits = unit == 1 ? word : word.substr(0, word.size() - 1);
  if (!all_digits(digits)) fail(word, "a size", kSizeForms);
  const auto bytes = product(digits, unit, std::numeric_limits<std::int64_t>::max());
  if (!bytes) fail(word, "a size", "it is more than 8,589,934,591G");
  return *bytes;
}

std::chrono::seconds parse_age(std::string_view word) {
  const std::int64_t unit = word.empty() ? 0 : age_unit(word.back());
  if (unit == 0 || !all_digits(word.substr(0, word.size() - 1))) fail(word, "an age", kAgeForms);
  const auto seconds = product(word.substr(0, word.size() - 1), unit, kOldest.count());
  if (!seconds) fail(word, "an age", "it is more than 1,000 years");
  return std::chrono::seconds{*seconds};
}

std::chrono::year_month parse_month(std::string_view word) {
  std::string digits{word};
  if (word.size() == 7 && word[4] == '-') digits.erase(4, 1);
  if (digits.size() != 6 || !all_digits(digits)) fail(word, "a month", kMonthForms);
  const int number = std::stoi(digits);
  const std::chrono::year_month month{std::chrono::year{number / 100},
                                      std::chrono::month{static_cast<unsigned>(number % 100)}};
  if (number / 100 == 0) fail(word, "a month", "the years are 0001 to 9999");
  if (!month.ok()) fail(word, "a month", "the months are 01 to 12");
  return month;
}

}  // namespace klinekeep::input
