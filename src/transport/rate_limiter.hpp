// Request weight: what the exchange lets one address ask for in a calendar minute, and the pauses it orders.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "klinekeep/time.hpp"

namespace klinekeep::transport {

/// Leave to send one request, or when to ask for it again. By the machine's clock.
struct Leave {
  Timestamp at{};                            // when it was asked for
  std::optional<Timestamp> not_before = {};  // none: it is granted
  bool paused = false;                       // the host asked for a pause (else the budget is used up)
  bool banned = false;                       // and that pause is a ban (418)
};

enum class PauseReason : std::uint8_t { rate_limit, ban };

/// `host` is what endpoint_of gives. Never waits. Thread-safe.
class RateLimiter {
 public:
  virtual ~RateLimiter() = default;

  /// Grants leave where `weight` fits into the host's budget for this minute, and no pause is on. `limit`: the host's
  /// weight a minute, as far as the caller knows. Weight 0 minds pauses only.
  [[nodiscard]] virtual Leave ask(const std::string& host, int weight, int limit) = 0;

  /// What the exchange has counted for this minute, as the answer to the request that was granted at `granted` says.
  virtual void observe(const std::string& host, Timestamp granted, std::int64_t used_weight) = 0;

  /// Nobody asks the host before `until`.
  virtual void pause(const std::string& host, Timestamp until, PauseReason reason) = 0;

  /// The host's weight a minute as its exchangeInfo has it: from now on used in the place of what callers say, by all
  /// that share the budget.
  virtual void learn_limit(const std::string& host, int limit) = 0;

  /// Why the budget is not shared with other processes; none when it is.
  [[nodiscard]] virtual std::optional<std::string> note() const = 0;
};

}  // namespace klinekeep::transport
