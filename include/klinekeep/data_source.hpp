// Where candles may come from.
#pragma once

#include <cstdint>

namespace klinekeep {

/// The source that a request may use. An enforced one is never left.
enum class DataSource : std::uint8_t {
  AUTO,    // the best one
  REST,    // Binance's REST API only
  VISION,  // the archive at data.binance.vision only
  CACHE,   // what is on this machine only
};

}  // namespace klinekeep
