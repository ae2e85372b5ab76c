#pragma once

#include <atomic>
#include <chrono>

#include "core/time.hpp"

namespace replica {

/// The time of the exchange. It starts at a given instant and runs on in real time, or stands still; it can be set.
/// Thread-safe.
class Clock {
 public:
  Clock(Instant start, bool frozen);

  Instant now() const;
  void set(Instant now);
  void advance(Millis by);
  bool frozen() const { return frozen_; }

 private:
  Millis elapsed() const;

  const bool frozen_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::atomic<Millis::rep> origin_;  // now() at started_
};

/// The machine's own clock: budgets and bans run on it.
Instant machine_now();

}  // namespace replica
