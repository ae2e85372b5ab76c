// What is known of the exchange's clock.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>

#include "klinekeep/time.hpp"

namespace klinekeep::transport {

/// A clock that nobody sets; called from any thread.
using SteadyClock = std::function<std::chrono::steady_clock::time_point()>;

/// The last `Date` that a REST host sent, and the time that has gone by since it arrived. A Date is cut to the second
/// and has been under way, so this is at most about a second behind the exchange and never ahead of it. Thread-safe.
class ExchangeClock {
 public:
  explicit ExchangeClock(SteadyClock steady = std::chrono::steady_clock::now) : steady_(std::move(steady)) {}

  /// A Date has arrived just now.
  void observe(Timestamp date);
  /// None until the first Date.
  [[nodiscard]] std::optional<Timestamp> now() const;

 private:
  SteadyClock steady_;
  mutable std::mutex mutex_;
  std::optional<Timestamp> date_;
  std::chrono::steady_clock::time_point arrived_{};
};

}  // namespace klinekeep::transport
