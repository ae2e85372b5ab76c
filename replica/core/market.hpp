#pragma once

#include <span>
#include <string_view>

#include "core/interval.hpp"

namespace replica {

enum class Market { kSpot, kUsdM, kCoinM };

/// What differs between the three markets. The table below is all there are; markets are compared by address or id.
struct MarketRules {
  Market id;
  std::string_view name;          // of the admin API: spot, um, cm
  std::string_view archive_root;  // below data/
  std::string_view rest_root;
  int max_limit;
  int default_budget;  // weight a minute

  bool spot() const { return id == Market::kSpot; }
  bool has(const Interval& interval) const;
  bool has_daily(const Interval& interval) const;  // whether the archive has daily files of it
};

std::span<const MarketRules> all_markets();
const MarketRules& rules_of(Market market);
const MarketRules* find_market(std::string_view name);

}  // namespace replica
