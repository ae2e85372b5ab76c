#include "views/partitions_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "cache_entries.hpp"
#include "output/display_text.hpp"
#include "views/totals_view.hpp"

namespace klinekeep::cli {
namespace {

using namespace std::chrono;

std::vector<CacheEntry> entries() {
  return {cache_entry(MarketType::SPOT, "BTCUSDT", Interval::MINUTE_1, 2024y / March, 44'640, 3'930'000),
          cache_entry(MarketType::SPOT, "币安人生USDT", Interval::MONTH_1, 2024y / April, 0, 4'200),
          cache_entry(MarketType::FUTURES_COIN, "BTCUSD_PERP", Interval::HOUR_1, 2024y / May, 744, 69'000)};
}

Screen screen(std::size_t width) { return {.is_terminal = true, .width = width, .colour = false}; }

TEST(PartitionsView, IsATableOnAWideTerminal) {
  EXPECT_EQ(partitions_table(entries(), screen(200)),
            "market  symbol        interval  month      rows     size  first       last\n"
            "spot    BTCUSDT       1m        2024-03  44,640   3.9 MB  2024-03-01  2024-03-31 23:59\n"
            "spot    币安人生USDT  1M        2024-04       0   4.2 kB\n"
            "cm      BTCUSD_PERP   1h        2024-05     744  69.0 kB  2024-05-01  2024-05-31 23:00\n"
            "3 partitions, 45,384 rows, 4.0 MB\n");
}

TEST(PartitionsView, GivesUpColumnsOnNarrowerOnes) {
  EXPECT_EQ(partitions_table(entries(), screen(60)),
            "market  symbol        interval  month      rows     size\n"
            "spot    BTCUSDT       1m        2024-03  44,640   3.9 MB\n"
            "spot    币安人生USDT  1M        2024-04       0   4.2 kB\n"
            "cm      BTCUSD_PERP   1h        2024-05     744  69.0 kB\n"
            "3 partitions, 45,384 rows, 4.0 MB\n");
  EXPECT_EQ(partitions_table(entries(), screen(40)),
            "symbol        interval  month      rows\n"
            "BTCUSDT       1m        2024-03  44,640\n"
            "币安人生USDT  1M        2024-04       0\n"
            "BTCUSD_PERP   1h        2024-05     744\n"
            "3 partitions, 45,384 rows, 4.0 MB\n");
  EXPECT_EQ(partitions_table(entries(), screen(20)),
            "symbol\n"
            "BTCUSDT\n"
            "币安人生USDT\n"
            "BTCUSD_PERP\n"
            "3 partitions, 45,38…\n");
}

TEST(PartitionsView, NeverGetsWiderThanTheScreen) {
  for (std::size_t width = 1; width < 110; ++width) {
    std::istringstream lines{partitions_table(entries(), screen(width))};
    for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), width) << line;
  }
}

TEST(PartitionsView, IsCsvElsewhere) {
  EXPECT_EQ(partitions_csv(entries()),
            "upstream,market,kind,symbol,interval,month,rows,bytes,first,last\n"
            "binance,spot,klines,BTCUSDT,1m,2024-03,44640,3930000,2024-03-01T00:00:00Z,2024-03-31T23:59:00Z\n"
            "binance,spot,klines,币安人生USDT,1M,2024-04,0,4200,,\n"
            "binance,cm,klines,BTCUSD_PERP,1h,2024-05,744,69000,2024-05-01T00:00:00Z,2024-05-31T23:00:00Z\n");
}

TEST(PartitionsView, IsJsonOnRequest) {
  const auto json = nlohmann::json::parse(partitions_json(entries()));
  ASSERT_EQ(json.size(), 3U);
  EXPECT_EQ(json[0], nlohmann::json::parse(R"({
    "upstream": "binance", "market": "spot", "kind": "klines", "symbol": "BTCUSDT", "interval": "1m", "month": "2024-03", "rows": 44640, "bytes": 3930000,
    "first": "2024-03-01T00:00:00Z", "last": "2024-03-31T23:59:00Z", "used": "2024-04-01T00:00:00Z",
    "covered": [{"from": "2024-03-01T00:00:00Z", "to": "2024-03-31T23:59:00Z"}], "path": "/cache/BTCUSDT.arrow"})"));
  EXPECT_TRUE(json[1]["first"].is_null());
  EXPECT_EQ(json[1]["symbol"], "币安人生USDT");
  EXPECT_EQ(json[1]["interval"], "1M");
}

TEST(PartitionsView, NamesTheExchangeWhereThereIsAnotherThanBinance) {
  std::vector<CacheEntry> both(2, entries().front());
  both.back().upstream = Upstream{"us"};
  EXPECT_EQ(partitions_table(both, screen(60)),
            "upstream  market  symbol   interval  month      rows    size\n"
            "binance   spot    BTCUSDT  1m        2024-03  44,640  3.9 MB\n"
            "us        spot    BTCUSDT  1m        2024-03  44,640  3.9 MB\n"
            "2 partitions, 89,280 rows, 7.9 MB\n");
  EXPECT_EQ(totals_table(totals_of(both, {MarketType::SPOT}), screen(60)),
            "upstream  market  symbols  partitions    rows    size\n"
            "binance   spot          1           1  44,640  3.9 MB\n"
            "us        spot          1           1  44,640  3.9 MB\n"
            "all       all           2           2  89,280  7.9 MB\n");
  EXPECT_THAT(totals_csv(totals_of(both, {MarketType::SPOT})), testing::HasSubstr("us,spot,1,1,44640,3930000,"));
}

TEST(PartitionsView, IsShortWhenThereIsNothing) {
  EXPECT_EQ(partitions_table({}, screen(80)), "no partitions\n");
  EXPECT_EQ(partitions_csv({}), "upstream,market,kind,symbol,interval,month,rows,bytes,first,last\n");
  EXPECT_EQ(partitions_json({}), "[]\n");
}

const std::vector<MarketType> kAll{kMarkets.begin(), kMarkets.end()};

TEST(TotalsView, AddsUpByMarket) {
  EXPECT_EQ(totals_csv(totals_of(entries(), kAll)),
            "upstream,market,symbols,partitions,rows,bytes,oldest_use\n"
            "binance,spot,2,2,44640,3934200,2024-04-01T00:00:00Z\n"
            "binance,um,0,0,0,0,\n"
            "binance,cm,1,1,744,69000,2024-06-01T00:00:00Z\n"
            "all,all,3,3,45384,4003200,2024-04-01T00:00:00Z\n");
  EXPECT_EQ(totals_of(entries(), {MarketType::FUTURES_COIN}).front().rows, 744);
}

TEST(TotalsView, CountsASymbolOnceAMarket) {
  auto twice = entries();
  twice.push_back(cache_entry(MarketType::SPOT, "BTCUSDT", Interval::MINUTE_1, 2024y / April, 43'200, 3'800'000));
  twice.push_back(cache_entry(MarketType::FUTURES_USDT, "BTCUSDT", Interval::MINUTE_1, 2024y / April, 1, 100));
  const auto totals = totals_of(twice, kAll);
  EXPECT_EQ(totals[0].symbols, 2);
  EXPECT_EQ(totals.back().symbols, 4);
}

TEST(TotalsView, FitsItsTerminal) {
  EXPECT_EQ(totals_table(totals_of(entries(), kAll), screen(80)),
            "market  symbols  partitions    rows     size  oldest use\n"
            "spot          2           2  44,640   3.9 MB  2024-04-01 00:00\n"
            "um            0           0       0      0 B\n"
            "cm            1           1     744  69.0 kB  2024-06-01 00:00\n"
            "all           3           3  45,384   4.0 MB  2024-04-01 00:00\n");
  EXPECT_EQ(totals_table(totals_of({}, {}), screen(20)), "market  size\nall      0 B\n");
}

TEST(TotalsView, IsJsonOnRequest) {
  const auto json = nlohmann::json::parse(totals_json(totals_of(entries(), kAll), "/cache"));
  EXPECT_EQ(json["directory"], "/cache");
  EXPECT_EQ(json["upstreams"]["binance"]["spot"]["rows"], 44'640);
  EXPECT_TRUE(json["upstreams"]["binance"]["um"]["oldest_use"].is_null());
  EXPECT_EQ(json["all"]["symbols"], 3);
}

TEST(PartitionsView, WritesAListAsOneJsonWouldBeWritten) {
  const std::vector<CacheEntry> entries{
      cache_entry(MarketType::SPOT, "币安人生USDT", Interval::DAY_1, std::chrono::year{2024} / 3, 31, 5'000),
      cache_entry(MarketType::FUTURES_USDT, "ETHUSDT", Interval::HOUR_1, std::chrono::year{2024} / 4, 2, 300)};
  const std::string text = partitions_json(entries);
  EXPECT_EQ(text, nlohmann::ordered_json::parse(text).dump(2) + "\n");
  EXPECT_EQ(partitions_json({}), "[]\n");
}

}  // namespace
}  // namespace klinekeep::cli
