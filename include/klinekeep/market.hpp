// The three markets. All functions are pure and thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "klinekeep/export.hpp"
#include "klinekeep/interval.hpp"

namespace klinekeep {

enum class MarketType : std::uint8_t {
  SPOT,
  FUTURES_USDT,  // USD-M: margined in USDT or USDC
  FUTURES_COIN,  // COIN-M: margined in the coin; volume is in contracts
};

inline constexpr std::array<MarketType, 3> kMarkets{MarketType::SPOT, MarketType::FUTURES_USDT,
                                                    MarketType::FUTURES_COIN};

/// "spot", "um", "cm": as the command line and the cache's paths spell it.
[[nodiscard]] KLINEKEEP_API std::string_view name(MarketType market);
/// The market of that name, or none.
[[nodiscard]] KLINEKEEP_API std::optional<MarketType> parse_market(std::string_view name);
/// Whether the market has candles of this interval: 1s is only to be had on spot.
[[nodiscard]] KLINEKEEP_API bool has_interval(MarketType market, Interval interval);

}  // namespace klinekeep
