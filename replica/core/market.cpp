#include "core/market.hpp"

#include <algorithm>
#include <array>

namespace replica {
namespace {

constexpr std::array<MarketRules, 3> kMarkets{{
    {Market::kSpot, "spot", "spot", "/api/v3", 1000, 6000},
    {Market::kUsdM, "um", "futures/um", "/fapi/v1", 1500, 2400},
    {Market::kCoinM, "cm", "futures/cm", "/dapi/v1", 1500, 2400},
}};

}  // namespace

bool MarketRules::has(const Interval& interval) const { return spot() || interval.rest_name != "1s"; }

bool MarketRules::has_daily(const Interval& interval) const { return has(interval) && !interval.long_running(); }

std::span<const MarketRules> all_markets() { return kMarkets; }

const MarketRules& rules_of(Market market) { return *std::ranges::find(kMarkets, market, &MarketRules::id); }

const MarketRules* find_market(std::string_view name) {
  const auto* const found = std::ranges::find(kMarkets, name, &MarketRules::name);
  return found == kMarkets.end() ? nullptr : &*found;
}

}  // namespace replica
