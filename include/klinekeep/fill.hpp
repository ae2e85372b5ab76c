// Filling gaps, for callers who wish it.
#pragma once

#include <cstdint>

namespace klinekeep {

/// What stands in for a candle that the exchange never made. Such a row has close_time = open_time + interval - 1 ms.
enum class Fill : std::uint8_t {
  none,
  nan,    // float columns NaN, trades 0
  ffill,  // open, high, low and close are the close before, all else 0; nothing where that close is not known: before
          // the first candle, and after what is missing
};

}  // namespace klinekeep
