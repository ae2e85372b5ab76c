#include "sources/rest_urls.hpp"

#include <gtest/gtest.h>

#include "core/times.hpp"

namespace klinekeep::sources {
namespace {

const TimeRange kHour = range("2024-01-01T00:00:00", "2024-01-01T01:00:00");

TEST(RestUrls, HaveInclusiveBoundsAndALimit) {
  EXPECT_EQ(
      klines_url("https://api.binance.com", {MarketType::SPOT, Symbol{"BTCUSDT"}, Interval::MINUTE_1}, {kHour, 60}),
      "https://api.binance.com/api/v3/klines?symbol=BTCUSDT&interval=1m&startTime=1704067200000"
      "&endTime=1704070799999&limit=60");
}

TEST(RestUrls, SpellAMonthAsRestDoes) {
  EXPECT_EQ(klines_url("http://h", {MarketType::FUTURES_USDT, Symbol{"BTCUSDT"}, Interval::MONTH_1},
                       {range("2024-01-01", "2024-03-01"), 2}),
            "http://h/fapi/v1/klines?symbol=BTCUSDT&interval=1M&startTime=1704067200000&endTime=1709251199999&limit=2");
}

TEST(RestUrls, OfAPageThatIsAskedAgainSayTheSameInAnotherForm) {
  planner::RestPage page{kHour, 60};
  page.again = true;
  EXPECT_EQ(klines_url("http://h", {MarketType::SPOT, Symbol{"BTCUSDT"}, Interval::MINUTE_1}, page),
            "http://h/api/v3/klines?symbol=BTCUSDT&interval=1m&startTime=1704067200000&endTime=1704070799998&limit=60");
}

TEST(RestUrls, PercentEncodeTheSymbol) {
  EXPECT_EQ(candle_url("http://h", {MarketType::SPOT, Symbol{"币USDT"}, Interval::DAY_1}, {Timestamp{}, kEndOfTime}),
            "http://h/api/v3/klines?symbol=%E5%B8%81USDT&interval=1d&startTime=0&limit=1");
}

TEST(RestUrls, AskForACandleFromAnInstantOnAndOfCoinMWithinAWindow) {
  EXPECT_EQ(candle_url("http://h", {MarketType::FUTURES_USDT, Symbol{"BTCUSDT"}, Interval::MINUTE_1}, kHour),
            "http://h/fapi/v1/klines?symbol=BTCUSDT&interval=1m&startTime=1704067200000&limit=1");
  EXPECT_EQ(candle_url("http://h", {MarketType::FUTURES_COIN, Symbol{"BTCUSD_PERP"}, Interval::MINUTE_1}, kHour),
            "http://h/dapi/v1/klines?symbol=BTCUSD_PERP&interval=1m&startTime=1704067200000&endTime=1704070799999"
            "&limit=1");
}

TEST(RestUrls, GoToEachMarketsPlace) {
  EXPECT_EQ(exchange_info_url("http://h", MarketType::SPOT), "http://h/api/v3/exchangeInfo");
  EXPECT_EQ(exchange_info_url("http://h", MarketType::FUTURES_USDT), "http://h/fapi/v1/exchangeInfo");
  EXPECT_EQ(exchange_info_url("http://h", MarketType::FUTURES_COIN), "http://h/dapi/v1/exchangeInfo");
}

TEST(RestUrls, AskForNoCandleTwice) {
  const Series series{MarketType::SPOT, Symbol{"BTCUSDT"}, Interval::MINUTE_1};
  const TimeRange next{kHour.end, kHour.end + std::chrono::hours{1}};
  EXPECT_NE(klines_url("", series, {kHour, 60}).find("endTime=1704070799999"), std::string::npos);
  EXPECT_NE(klines_url("", series, {next, 60}).find("startTime=1704070800000"), std::string::npos);
}

}  // namespace
}  // namespace klinekeep::sources
