#include "core/interval.hpp"

#include <algorithm>
#include <array>

namespace replica {
namespace {

using namespace std::chrono_literals;

// 3d: days d since the epoch with d mod 3 == 1. 1w: Mondays; 1970-01-05 is one.
constexpr std::array<Interval, 16> kIntervals{{
    {"1s", "1s", 1s, 0s},
    {"1m", "1m", 1min, 0s},
    {"3m", "3m", 3min, 0s},
    {"5m", "5m", 5min, 0s},
    {"15m", "15m", 15min, 0s},
    {"30m", "30m", 30min, 0s},
    {"1h", "1h", 1h, 0s},
    {"2h", "2h", 2h, 0s},
    {"4h", "4h", 4h, 0s},
    {"6h", "6h", 6h, 0s},
    {"8h", "8h", 8h, 0s},
    {"12h", "12h", 12h, 0s},
    {"1d", "1d", kDay, 0s},
    {"3d", "3d", 3 * kDay, kDay},
    {"1w", "1w", 7 * kDay, 4 * kDay},
    {"1M", "1mo", 0s, 0s},
}};

template <class Member>
const Interval* find(Member member, std::string_view name) {
  const auto found = std::ranges::find(kIntervals, name, member);
  return found == kIntervals.end() ? nullptr : &*found;
}

}  // namespace

double Interval::seconds() const { return std::chrono::duration<double>(monthly() ? Millis{30 * kDay} : step).count(); }

std::span<const Interval> all_intervals() { return kIntervals; }

const Interval* find_interval_of_rest(std::string_view name) { return find(&Interval::rest_name, name); }

const Interval* find_interval_of_archive(std::string_view name) { return find(&Interval::archive_name, name); }

Instant floor_open(const Interval& interval, Instant t) {
  if (interval.monthly()) return floor_to_month(t);
  const Millis since = t.time_since_epoch() - interval.phase;
  Millis remainder = since % interval.step;
  if (remainder < Millis{0}) remainder += interval.step;
  return t - remainder;
}

Instant ceil_open(const Interval& interval, Instant t) {
  const Instant open = floor_open(interval, t);
  return open == t ? open : next_open(interval, open);
}

Instant next_open(const Interval& interval, Instant open) {
  return interval.monthly() ? next_month(open) : open + interval.step;
}

}  // namespace replica
