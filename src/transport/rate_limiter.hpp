// Request weight: what the exchange lets one address ask for in a calendar minute, and the pauses it orders.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <tl/expected.hpp>

#include "klinekeep/time.hpp"

namespace klinekeep::transport {

/// Leave to send one request.
struct Granted {
  Timestamp at;        // machine's clock
  Duration waited{0};  // for the budget or the end of a pause
};

struct Refused {
  enum class Kind : std::uint8_t { too_long, cancelled };
  Kind kind;
  Timestamp until{};    // too_long: when to come again, machine's clock
  bool paused = false;  // too_long: the host asked for a pause (else the budget is used up by others)
  bool banned = false;  // and that pause is a ban (418)
  Duration waited{0};
};

enum class PauseReason : std::uint8_t { rate_limit, ban };

/// `host` is what origin_of gives. Thread-safe.
class RateLimiter {
 public:
  virtual ~RateLimiter() = default;

  /// Waits until `weight` fits into the host's budget for this minute, and no pause is on. `limit`: the host's weight a
  /// minute, as far as the caller knows. Weight 0 waits for pauses only.
  [[nodiscard]] virtual tl::expected<Granted, Refused> acquire(const std::string& host, int weight, int limit,
                                                               std::stop_token stop) = 0;

  /// What the exchange has counted for this minute, as the answer to the request granted says.
  virtual void observe(const std::string& host, const Granted& granted, std::int64_t used_weight) = 0;

  /// Nobody asks the host before `until`.
  virtual void pause(const std::string& host, Timestamp until, PauseReason reason) = 0;

  /// The host's weight a minute as its exchangeInfo has it: from now on used in the place of what callers say.
  virtual void learn_limit(const std::string& host, int limit) = 0;

  /// Why the budget is not shared with other processes; none when it is.
  [[nodiscard]] virtual std::optional<std::string> note() const = 0;
};

}  // namespace klinekeep::transport
