#include "input/interval_word.hpp"

#include <fmt/format.h>

#include <string>

#include "core/quote.hpp"
#include "klinekeep/errors.hpp"

namespace klinekeep::input {

Interval parse_interval(std::string_view word) {
  if (const auto interval = Interval::parse(word)) return *interval;
  std::string known;
  for (const Interval each : kIntervals) known += fmt::format("{}{}", known.empty() ? "" : ", ", each.name());
  throw InvalidRequest(fmt::format("{} is no interval; there are {} (1m is a minute, 1M a month)", quote(word), known));
}

}  // namespace klinekeep::input
