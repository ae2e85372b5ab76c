#pragma once

#include <array>

#include "data/catalogue.hpp"

namespace replica {

/// The price of a symbol over time: the rough course of BTC since 2017, a seeded walk on top. A pure function of the
/// instant, as quick at any distance from the start; what is remembered from one call to the next only saves work.
class PriceCurve {
 public:
  explicit PriceCurve(const Symbol& symbol) : symbol_(symbol) {}

  double at(Instant t);

 private:
  /// Value noise in octaves of 1 s, 4 s, 16 s, … to half a year: each draws a value at the ends of its cells.
  struct Octave {
    std::uint64_t cell = ~std::uint64_t{0};
    double left = 0;
    double right = 0;
  };

  double log_walk(std::uint64_t second, double part_of_second);

  const Symbol& symbol_;
  std::array<Octave, 13> octaves_;
};

}  // namespace replica
