#pragma once

#include <mutex>

#include "core/market.hpp"
#include "http/message.hpp"

namespace replica {

/// The request weight that one IP has used in the current minute of the machine's clock, for one market. Over the limit
/// comes 429; who goes on ten times more within the minute is banned for two minutes, 418. Thread-safe.
class Budget {
 public:
  explicit Budget(const MarketRules& market) : limit_(market.default_budget) {}

  /// Books the weight. A refusal when there is one; `used` is what the answer's header tells.
  std::optional<Reply> spend(int weight, int& used);

  /// Sets what is given; in any case lifts a ban.
  void set(std::optional<int> limit, std::optional<int> used);
  int limit() const;
  int used() const;

 private:
  void turn_minute(Instant now);

  mutable std::mutex mutex_;
  int limit_;
  int used_ = 0;
  int refused_ = 0;
  Instant minute_{};
  Instant banned_until_{};
};

/// Binance's bodies for too much weight and for a ban until an instant.
std::string over_budget_body(int limit);
std::string banned_body(Instant until);

}  // namespace replica
