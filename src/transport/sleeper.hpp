// How waiting is done, so that a test needs not wait.
#pragma once

#include <stop_token>

#include "klinekeep/clock.hpp"
#include "klinekeep/time.hpp"

namespace klinekeep::transport {

/// Thread-safe.
class Sleeper {
 public:
  virtual ~Sleeper() = default;
  /// True when `until` has come, on the machine's clock; false as soon as `stop` is requested, also when it was before.
  [[nodiscard]] virtual bool sleep_until(Timestamp until, std::stop_token stop) = 0;
};

/// Really sleeps, for as long as `until` was away at the call: a clock that is set meanwhile makes no sleep longer.
class ThreadSleeper final : public Sleeper {
 public:
  explicit ThreadSleeper(Clock clock = system_now) : clock_(std::move(clock)) {}
  [[nodiscard]] bool sleep_until(Timestamp until, std::stop_token stop) override;

 private:
  Clock clock_;
};

}  // namespace klinekeep::transport
