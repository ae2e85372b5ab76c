// How long a request may take in all, its retries and back-offs included.
#pragma once

#include <cstdint>

#include "klinekeep/time.hpp"

namespace klinekeep::transport {

/// Time that is spent by waiting and earned by bytes: a body that moves faster than the floor speed is never cut, one
/// that stands still is given up after `total`, and one that drips soon after. What is earned never lifts it above
/// `total`, so the stall after a quick start is noticed as soon as any other; once used up it earns nothing more. A
/// value without a clock: whoever waits says how long it took.
class TimeBudget {
 public:
  /// `floor_speed` in bytes a second, above 0.
  constexpr TimeBudget(Duration total, std::int64_t floor_speed)
      : total_(total), left_(total), floor_speed_(floor_speed) {}

  constexpr void spend(Duration time) { left_ = time < left_ ? left_ - time : Duration{0}; }
  constexpr void earn(std::int64_t bytes) {
    if (used_up()) return;
    const std::int64_t seconds = bytes / floor_speed_;
    if (seconds > total_.count() / 1'000'000) {
      left_ = total_;
      return;
    }
    const Duration earned{seconds * 1'000'000 + bytes % floor_speed_ * 1'000'000 / floor_speed_};
    left_ = earned < total_ - left_ ? left_ + earned : total_;
  }

  [[nodiscard]] constexpr Duration total() const { return total_; }
  [[nodiscard]] constexpr Duration left() const { return left_; }
  [[nodiscard]] constexpr bool used_up() const { return left_ <= Duration{0}; }

 private:
  Duration total_;
  Duration left_;
  std::int64_t floor_speed_;
};

}  // namespace klinekeep::transport
