#include "klinekeep/market.hpp"

#include <gtest/gtest.h>

#include "core/market_rules.hpp"

namespace klinekeep {
namespace {

TEST(Market, HasANameThatIsReadBack) {
  EXPECT_EQ(name(MarketType::SPOT), "spot");
  EXPECT_EQ(name(MarketType::FUTURES_USDT), "um");
  EXPECT_EQ(name(MarketType::FUTURES_COIN), "cm");
  for (const MarketType market : kMarkets) EXPECT_EQ(parse_market(name(market)), market);
  for (const char* text : {"", "SPOT", "Spot", "spot ", "futures", "usdm", "um\n"}) {
    EXPECT_FALSE(parse_market(text)) << text;
  }
}

TEST(Market, HasSecondsOnSpotOnly) {
  for (const MarketType market : kMarkets) {
    for (const Interval interval : kIntervals) {
      const bool expected = interval != Interval::SECOND_1 || market == MarketType::SPOT;
      EXPECT_EQ(has_interval(market, interval), expected) << name(market) << ' ' << interval.name();
    }
  }
}

TEST(MarketRules, AskForTheMostRowsPerWeight) {
  EXPECT_EQ(rules_of(MarketType::SPOT).page_bars, 1000);
  EXPECT_EQ(klines_weight(MarketType::SPOT, 1), 2);
  EXPECT_EQ(klines_weight(MarketType::SPOT, 1000), 2);
  for (const MarketType market : {MarketType::FUTURES_USDT, MarketType::FUTURES_COIN}) {
    EXPECT_EQ(rules_of(market).page_bars, 499);
    EXPECT_EQ(klines_weight(market, 1), 1);
    EXPECT_EQ(klines_weight(market, 99), 1);
    EXPECT_EQ(klines_weight(market, 100), 2);
    EXPECT_EQ(klines_weight(market, 499), 2);
    EXPECT_EQ(klines_weight(market, 500), 5);
    EXPECT_EQ(klines_weight(market, 1000), 5);
    EXPECT_EQ(klines_weight(market, 1001), 10);
  }
}

TEST(MarketRules, KnowEachMarketsPlaces) {
  for (const MarketType market : kMarkets) {
    const MarketRules& rules = rules_of(market);
    EXPECT_EQ(rules.market, market);
  }
  EXPECT_EQ(rules_of(MarketType::SPOT).rest_path, "/api/v3");
  EXPECT_EQ(rules_of(MarketType::FUTURES_USDT).rest_path, "/fapi/v1");
  EXPECT_EQ(rules_of(MarketType::FUTURES_COIN).rest_path, "/dapi/v1");
  EXPECT_EQ(rules_of(MarketType::FUTURES_COIN).longest_page, std::chrono::days{200});
  EXPECT_FALSE(rules_of(MarketType::SPOT).longest_page);
  EXPECT_FALSE(rules_of(MarketType::FUTURES_USDT).longest_page);
}

}  // namespace
}  // namespace klinekeep
