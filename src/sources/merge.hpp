// Putting the answers of several steps together. Pure.
#pragma once

#include <vector>

#include "klinekeep/time.hpp"
#include "sources/settle.hpp"

namespace klinekeep::sources {

/// One step's rows. Where parts overlap, the one with the lowest `rank` counts.
struct Part {
  Candles candles;  // strictly increasing open_time
  int rank = 0;
};

struct Merged {
  Candles candles;                   // strictly increasing open_time
  std::vector<Timestamp> conflicts;  // open_times at which parts differ
};

[[nodiscard]] Merged merge(std::vector<Part> parts);

}  // namespace klinekeep::sources
