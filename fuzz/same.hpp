// Equality of candles, bit for bit.
#pragma once

#include "core/candles.hpp"

namespace klinekeep::fuzz {

inline bool same(const Candles& a, const Candles& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!a.same_row(i, b, i)) return false;
  }
  return true;
}

}  // namespace klinekeep::fuzz
