// How waiting is done, so that a test needs not wait.
#pragma once

#include <functional>
#include <stop_token>

#include "klinekeep/time.hpp"

namespace klinekeep::transport {

/// Thread-safe.
class Sleeper {
 public:
  virtual ~Sleeper() = default;
  /// Calls `woken(true)` when `time` is over, and `woken(false)` as soon as `stop` is requested, also when it was
  /// before: once, on any thread, perhaps before it returns.
  virtual void sleep(Duration time, std::stop_token stop, std::function<void(bool)> woken) = 0;
};

}  // namespace klinekeep::transport
