// A request for candles, understood: what every layer below the faces works with.
#pragma once

#include <cstdint>
#include <vector>

#include "klinekeep/get_options.hpp"
#include "planner/policy.hpp"
#include "sources/window.hpp"

namespace klinekeep::manager {

/// What of the cache does not count: it is asked again, and what comes replaces what differs.
enum class Refetch : std::uint8_t {
  nothing,
  gaps,        // for a refresh
  everything,  // for a refresh
  damaged,     // for a repair: everything; the cache is neither opened nor written before all of it has been brought
};

struct Request {
  sources::Window window;
  planner::Policy policy;  // whom to ask
  Timestamp now;           // when the request began: what had closed by then is wanted, and ages are counted to it
  GetOptions options = {};
  Refetch refetch = Refetch::nothing;

  /// Those of the columns that are read: whoever fills gaps needs all.
  [[nodiscard]] Columns columns_to_read() const { return options.fill == Fill::none ? options.columns : Columns{}; }
};

}  // namespace klinekeep::manager
