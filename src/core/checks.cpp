#include "core/checks.hpp"

#include <fmt/format.h>

#include "klinekeep/errors.hpp"

namespace klinekeep {

void check_interval(MarketType market, Interval interval) {
  if (has_interval(market, interval)) return;
  std::string known;
  for (const Interval each : kIntervals) {
    if (has_interval(market, each)) known += fmt::format("{}{}", known.empty() ? "" : ", ", each.name());
  }
  throw InvalidRequest(fmt::format("{} has no interval {}; it has {}", name(market), interval.name(), known));
}

void check_window(Timestamp start, Timestamp end, Timestamp now) {
  if (end > now) {
    throw InvalidRequest(fmt::format("End time {} is in the future (now is {})", format_iso(end), format_iso(now)));
  }
  if (start > end) {
    throw InvalidRequest(fmt::format("Start time {} is after end time {}", format_iso(start), format_iso(end)));
  }
}

}  // namespace klinekeep
