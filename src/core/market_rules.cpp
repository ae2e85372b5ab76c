#include "core/market_rules.hpp"

#include <algorithm>

namespace klinekeep {
namespace {

constexpr std::array<MarketRules, 3> kRules{{
    {.market = MarketType::SPOT,
     .name = "spot",
     .archive_path = "spot",
     .rest_path = "/api/v3",
     .page_bars = 1000,
     .longest_page = std::nullopt,
     .began = std::nullopt},
    {.market = MarketType::FUTURES_USDT,
     .name = "um",
     .archive_path = "futures/um",
     .rest_path = "/fapi/v1",
     .page_bars = 499,
     .longest_page = std::nullopt,
     .began = std::nullopt},
    {.market = MarketType::FUTURES_COIN,
     .name = "cm",
     .archive_path = "futures/cm",
     .rest_path = "/dapi/v1",
     .page_bars = 499,
     .longest_page = std::chrono::days{200},
     .began = std::chrono::sys_days{std::chrono::year{2020} / 6 / 1}},
}};

static_assert(std::ranges::all_of(kMarkets,
                                  [](MarketType m) { return kRules[static_cast<std::size_t>(m)].market == m; }));

}  // namespace

const MarketRules& rules_of(MarketType market) { return kRules[static_cast<std::size_t>(market)]; }

int klines_weight(MarketType market, int limit) {
  if (market == MarketType::SPOT) return 2;
  if (limit < 100) return 1;
  if (limit < 500) return 2;
  return limit <= 1000 ? 5 : 10;
}

std::string_view name(MarketType market) { return rules_of(market).name; }

std::optional<MarketType> parse_market(std::string_view name) {
  const auto* const found = std::ranges::find(kRules, name, &MarketRules::name);
  return found == kRules.end() ? std::nullopt : std::optional{found->market};
}

bool has_interval(MarketType market, Interval interval) {
  return interval != Interval::SECOND_1 || market == MarketType::SPOT;
}

}  // namespace klinekeep
