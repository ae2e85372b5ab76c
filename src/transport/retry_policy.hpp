// When a request is sent again, and after how long. Pure: no clock, no I/O.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "klinekeep/time.hpp"
#include "transport/http.hpp"
#include "transport/rate_state.hpp"

namespace klinekeep::transport {

/// A number in [0, 1); called from any thread.
using Uniform = std::function<double()>;

struct RetryPolicy {
  Duration total = std::chrono::seconds{30};  // for a request, retries and back-offs included
  std::int64_t floor_speed = 64 * 1024;       // bytes a second: a body above it is never cut
  Duration first_backoff = std::chrono::milliseconds{500};
  Duration longest_backoff = std::chrono::seconds{8};
  int refused_tries = 2;
  Duration refused_pause = std::chrono::milliseconds{200};
  int rate_limit_waits = 3;
  Duration longest_rate_limit_wait = std::chrono::seconds{120};
};

/// What an answer's status asks for.
enum class Verdict : std::uint8_t { answer, transient, rate_limited, banned };
[[nodiscard]] Verdict judge(int status);

/// The pause before retry number `retry` (from 0): uniform between 0 and the doubled first back-off, at most the
/// longest.
[[nodiscard]] Duration backoff(const RetryPolicy& policy, int retry, double uniform);

/// For how long an answer of 429 or 418 wants us to be silent: its Retry-After in seconds or as a date (compared with
/// its own Date, else with `now`), at least 1 s, at most kLongestPause; without a readable one until the instant of
/// `body`'s "banned until <ms>", else 60 s, on 418 180 s.
[[nodiscard]] Duration pause_asked(const ResponseHead& head, std::string_view body, Timestamp now);

/// Retry-After as such, cut to a second above; none when it is absent or rubbish.
[[nodiscard]] std::optional<std::chrono::seconds> retry_after(const ResponseHead& head, Timestamp now);

}  // namespace klinekeep::transport
