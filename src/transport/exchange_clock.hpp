// What was last heard of the exchange's clock.
#pragma once

#include <mutex>
#include <optional>

#include "klinekeep/clock.hpp"

namespace klinekeep::transport {

/// The last `Date` that a REST host sent. It serves one purpose: not to refuse, as lying in the future, an end that the
/// exchange has reached. What has closed is never judged by it, but by the time of each answer. Thread-safe.
class ExchangeClock {
 public:
  explicit ExchangeClock(Clock wall = system_now) : wall_(std::move(wall)) {}

  /// A Date has arrived just now.
  void observe(Timestamp date);
  /// It, and the time that has gone by on the wall clock since; none unless it came within the last minute.
  [[nodiscard]] std::optional<Timestamp> now() const;

 private:
  Clock wall_;
  mutable std::mutex mutex_;
  std::optional<Timestamp> date_;
  Timestamp arrived_{};
};

}  // namespace klinekeep::transport
