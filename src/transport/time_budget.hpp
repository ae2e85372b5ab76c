// How long a request may take in all, its retries and back-offs included.
#pragma once

#include <algorithm>
#include <cstdint>

#include "klinekeep/time.hpp"

namespace klinekeep::transport {

/// Time that is spent by waiting and earned by bytes: a body that moves faster than the floor speed is never cut, one
/// that stands still is given up after `total`, and one that drips soon after. What is earned never lifts it above
/// `total`, so the stall after a quick start is noticed as soon as any other; once used up it earns nothing more. What
/// an attempt earns that fails is lost, as its bytes were for nothing: else one that fails after a megabyte is repeated
/// for ever. A value without a clock: whoever waits says how long it took.
class TimeBudget {
 public:
  /// `floor_speed` in bytes a second, above 0.
  constexpr TimeBudget(Duration total, std::int64_t floor_speed)
      : total_(total), left_(total), floor_speed_(floor_speed) {}

  constexpr void begin_attempt() {
    left_before_ = left_;
    spent_ = Duration{0};
  }
  /// The attempt costs all of its time, but for one that took long and moved well: two more of its like are possible.
  constexpr void end_in_vain() {
    left_ = left_before_ - std::min({spent_, std::max(left_before_ - left_, total_ / 3), left_before_});
  }

  constexpr void spend(Duration time) {
    left_ = time < left_ ? left_ - time : Duration{0};
    spent_ = std::min(time, Duration::max() - spent_) + spent_;
  }
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
  Duration left_before_ = left_;  // the attempt
  Duration spent_{0};             // in it
  std::int64_t floor_speed_;
};

}  // namespace klinekeep::transport
