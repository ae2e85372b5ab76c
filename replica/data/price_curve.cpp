#include "data/price_curve.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/hash.hpp"

namespace replica {
namespace {

struct Anchor {
  std::int64_t seconds;
  double log_price;
};

/// BTC in USD, month by month where it turned.
const std::array<Anchor, 16>& anchors() {
  static const auto kAnchors = [] {
    struct Point {
      int year;
      unsigned month;
      double price;
    };
    constexpr std::array<Point, 16> kPoints{{{2017, 8, 4'300},
                                             {2017, 12, 16'000},
                                             {2018, 7, 7'000},
                                             {2018, 12, 3'600},
                                             {2019, 7, 11'000},
                                             {2020, 3, 6'200},
                                             {2020, 10, 11'500},
                                             {2021, 4, 58'000},
                                             {2021, 7, 33'000},
                                             {2021, 11, 62'000},
                                             {2022, 11, 16'500},
                                             {2024, 3, 66'000},
                                             {2024, 9, 60'000},
                                             {2025, 1, 97'000},
                                             {2025, 10, 115'000},
                                             {2026, 6, 88'000}}};
    std::array<Anchor, 16> result{};
    std::ranges::transform(kPoints, result.begin(), [](const Point& point) {
      const auto at = make_instant(point.year, point.month, 1).time_since_epoch();
      return Anchor{std::chrono::duration_cast<std::chrono::seconds>(at).count(), std::log(point.price)};
    });
    return result;
  }();
  return kAnchors;
}

double log_trend(double seconds) {
  const auto& table = anchors();
  const auto* const after =
      std::ranges::find_if(table, [=](const Anchor& a) { return static_cast<double>(a.seconds) > seconds; });
  if (after == table.begin()) return table.front().log_price;
  if (after == table.end()) return table.back().log_price;
  const Anchor& from = *std::prev(after);
  const double share =
      (seconds - static_cast<double>(from.seconds)) / static_cast<double>(after->seconds - from.seconds);
  return from.log_price + share * (after->log_price - from.log_price);
}

}  // namespace

/// The amplitude of an octave grows as the root of its period, as the reach of a random walk does.
double PriceCurve::log_walk(std::uint64_t second, double part_of_second) {
  double sum = 0;
  double amplitude = 6e-5;
  unsigned shift = 0;
  for (Octave& octave : octaves_) {
    const std::uint64_t cell = second >> shift;
    if (cell != octave.cell) {
      octave = {cell, unit_interval(mix(symbol_.seed + shift, cell)),
                unit_interval(mix(symbol_.seed + shift, cell + 1))};
    }
    const std::uint64_t period = std::uint64_t{1} << shift;
    const double share = (static_cast<double>(second & (period - 1)) + part_of_second) / static_cast<double>(period);
    sum += amplitude * (2 * (octave.left + share * (octave.right - octave.left)) - 1);
    amplitude *= 2;
    shift += 2;
  }
  return sum;
}

double PriceCurve::at(Instant t) {
  const auto millis = static_cast<std::uint64_t>(t.time_since_epoch().count());
  const std::uint64_t second = millis / 1000;
  const double part = static_cast<double>(millis % 1000) / 1000;
  double exponent = log_walk(second, part);
  if (symbol_.character.follows_btc) exponent += log_trend(static_cast<double>(second) + part) - std::log(95'000.0);
  return symbol_.character.price * std::exp(exponent);
}

}  // namespace replica
