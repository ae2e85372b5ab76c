// What is known of a host's rate limit, and its form in the state file. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "klinekeep/time.hpp"
#include "transport/rate_limiter.hpp"

namespace klinekeep::transport {

/// The longest ban that the exchange gives; a pause beyond it is cut, one found beyond it is rubbish.
inline constexpr Duration kLongestPause = std::chrono::hours{72};

struct RateState {
  std::int64_t minute = 0;  // since the epoch: the one that `used` counts
  std::int64_t used = 0;    // weight
  std::int64_t limit = 0;   // weight a minute, as exchangeInfo had it last; 0: nobody has asked
  Timestamp paused_until{};
  PauseReason reason = PauseReason::rate_limit;

  friend bool operator==(const RateState&, const RateState&) = default;
};

/// As it stands at `now`: another minute's count and a pause that is over or beyond belief are dropped.
[[nodiscard]] RateState current(RateState state, Timestamp now);

/// What this process knows of a host and what the others do, both current: the stricter of each part, and the limit
/// that the others share.
[[nodiscard]] RateState merge(const RateState& ours, const RateState& shared);

/// The bytes of a state file: one line of kRateRecordSize bytes with a checksum, so that it is written by one call and
/// a torn one is recognised.
inline constexpr std::size_t kRateRecordSize = 128;
[[nodiscard]] std::string format_rate_state(const RateState& state);

/// None for anything that format_rate_state did not make.
[[nodiscard]] std::optional<RateState> parse_rate_state(std::string_view bytes);

}  // namespace klinekeep::transport
