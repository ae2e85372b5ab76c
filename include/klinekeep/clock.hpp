// Where "now" comes from, so that a test or `--now` runs at a time of its own choosing.
#pragma once

#include <functional>

#include "klinekeep/export.hpp"
#include "klinekeep/time.hpp"

namespace klinekeep {

/// Tells the time; called from any thread.
using Clock = std::function<Timestamp()>;

/// The machine's clock.
[[nodiscard]] KLINEKEEP_API Timestamp system_now();

}  // namespace klinekeep
