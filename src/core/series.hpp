// The key of everything that is fetched or kept.
#pragma once

#include <compare>
#include <tuple>

#include "klinekeep/interval.hpp"
#include "klinekeep/kind.hpp"
#include "klinekeep/market.hpp"
#include "klinekeep/symbol.hpp"
#include "klinekeep/upstream.hpp"

namespace klinekeep {

/// Two that differ in any part never answer for each other.
struct Series {
  MarketType market;
  Symbol symbol;
  Interval interval;
  Kind kind = Kind::klines;
  Upstream upstream = {};

  /// By upstream first, as the cache's folders are.
  friend auto operator<=>(const Series& a, const Series& b) {
    const auto key = [](const Series& s) { return std::tie(s.upstream, s.market, s.kind, s.symbol, s.interval); };
    return key(a) <=> key(b);
  }
  friend bool operator==(const Series&, const Series&) = default;
};

}  // namespace klinekeep
