// Which exchange candles are of. What one upstream said never answers for another.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "klinekeep/export.hpp"

namespace klinekeep {

/// The name of an exchange: a part of the key of everything that is fetched or kept. `binance` is Binance by its own
/// hosts, and by mirrors and proxies that are told to be so; `us` and `testnet` are known with their hosts, and have no
/// archive; any other is the caller's own. A value; thread-safe to read.
class KLINEKEEP_API Upstream {
 public:
  /// Binance.
  Upstream() = default;
  /// Throws InvalidRequest unless `name` is [a-z0-9][a-z0-9._-]{0,63}.
  explicit Upstream(std::string_view name);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool is_binance() const { return *this == Upstream{}; }

  friend auto operator<=>(const Upstream&, const Upstream&) = default;

 private:
  std::string name_{"binance"};
};

}  // namespace klinekeep
