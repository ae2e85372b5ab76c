// What a request may choose between: whom to ask, what stands for gaps, how often cached bytes are proven.
#pragma once

#include <cstdint>

namespace klinekeep {

/// Where candles may come from. Where one source is chosen, no other one is asked.
enum class DataSource : std::uint8_t {
  AUTO,    // the best one
  REST,    // Binance's REST API only
  VISION,  // the archive at data.binance.vision only
  CACHE,   // what is on this machine only
};

/// What stands in for a candle that the exchange never made. Such a row has close_time = open_time + interval - 1 ms.
enum class Fill : std::uint8_t {
  none,
  nan,    // float columns NaN, trades 0
  ffill,  // open, high, low and close are the close before, all else 0; nothing where that close is not known: before
          // the first candle, and after what is missing
};

/// When cached bytes are compared with their checksums.
enum class Verify : std::uint8_t {
  AUTO,    // when this process first uses them
  ALWAYS,  // at every use
};

}  // namespace klinekeep
