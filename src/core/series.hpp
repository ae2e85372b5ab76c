// The key of everything that is fetched or kept.
#pragma once

#include <compare>

#include "klinekeep/interval.hpp"
#include "klinekeep/market.hpp"
#include "klinekeep/symbol.hpp"

namespace klinekeep {

/// What a series holds. Klines are all there is so far; the kind is a part of the key so that others can join.
enum class Kind : std::uint8_t { klines };

struct Series {
  MarketType market;
  Symbol symbol;
  Interval interval;
  Kind kind = Kind::klines;

  friend auto operator<=>(const Series&, const Series&) = default;
};

}  // namespace klinekeep
