#include "sources/archive_names.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "core/times.hpp"
#include "planner/period.hpp"

namespace klinekeep::sources {
namespace {

using planner::Granularity;

Series series(std::string_view symbol, Interval interval, MarketType market = MarketType::SPOT) {
  return {market, Symbol{symbol}, interval};
}

TEST(ArchiveNames, AreBinances) {
  EXPECT_EQ(zip_key(series("BTCUSDT", Interval::MINUTE_1), Granularity::daily, at("2024-03-15")),
            "data/spot/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2024-03-15.zip");
  EXPECT_EQ(zip_key(series("BTCUSDT", Interval::MONTH_1), Granularity::monthly, at("2024-03-01")),
            "data/spot/monthly/klines/BTCUSDT/1mo/BTCUSDT-1mo-2024-03.zip");
  EXPECT_EQ(zip_key(series("BTCUSDT_240628", Interval::HOUR_1, MarketType::FUTURES_USDT), Granularity::monthly,
                    at("2024-03-01")),
            "data/futures/um/monthly/klines/BTCUSDT_240628/1h/BTCUSDT_240628-1h-2024-03.zip");
  EXPECT_EQ(
      zip_key(series("BTCUSD_PERP", Interval::DAY_1, MarketType::FUTURES_COIN), Granularity::daily, at("2024-03-15")),
      "data/futures/cm/daily/klines/BTCUSD_PERP/1d/BTCUSD_PERP-1d-2024-03-15.zip");
  EXPECT_EQ(file_stem(series("BTCUSDT", Interval::SECOND_1), Granularity::daily, at("2024-03-05")),
            "BTCUSDT-1s-2024-03-05");
}

/// The series and granularity that a path like data/spot/daily/klines/BTCUSDT/1m/… is about.
std::pair<Series, Granularity> read_path(const std::filesystem::path& path) {
  std::vector<std::string> parts;
  for (const auto& part : path) parts.push_back(part.string());
  const bool spot = parts.at(1) == "spot";
  const std::size_t at_granularity = spot ? 2 : 3;
  const auto market = spot ? std::optional{MarketType::SPOT} : parse_market(parts.at(2));
  const Series series{market.value(), Symbol{parts.at(at_granularity + 2)},
                      Interval::parse(parts.at(at_granularity + 3)).value()};
  return {series, parts.at(at_granularity) == "daily" ? Granularity::daily : Granularity::monthly};
}

TEST(ArchiveNames, OfTheRecordedFilesAreMadeAndReadBack) {
  const std::filesystem::path root{KLINEKEEP_TEST_DATA "/archive"};
  int zips = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{root}) {
    if (!entry.is_regular_file()) continue;
    const std::string key = entry.path().lexically_relative(root).string();
    const auto [series, granularity] = read_path(key);
    const auto period = period_of_key(series, granularity, key);
    if (key.ends_with(".CHECKSUM")) {
      EXPECT_FALSE(period) << key;
      continue;
    }
    ASSERT_TRUE(period) << key;
    EXPECT_EQ(zip_key(series, granularity, *period), key);
    ++zips;
  }
  EXPECT_GT(zips, 20);
}

TEST(ArchiveNames, AreReadBackForEverySeriesAndPeriod) {
  for (const MarketType market : kMarkets) {
    for (const Interval interval : kIntervals) {
      for (const Granularity granularity : {Granularity::daily, Granularity::monthly}) {
        const Series each = series("币安人生USDT", interval, market);
        Timestamp period = at("2023-12-01");
        for (int i = 0; i < 100; ++i, period = planner::next_period(granularity, period)) {
          EXPECT_EQ(period_of_key(each, granularity, zip_key(each, granularity, period)), period);
        }
      }
    }
  }
}

TEST(PeriodOfKey, IsNoneForOddNames) {
  const Series ada = series("ADABKRW", Interval::DAY_1);
  const std::string folder = "data/spot/monthly/klines/ADABKRW/1d/";
  EXPECT_TRUE(period_of_key(ada, Granularity::monthly, folder + "ADABKRW-1d-2020-08.zip"));
  for (const char* name :
       {"ADABKRW-1d-2020-8.zip", "ADABKRW-1d-2020-08.zip.CHECKSUM", "ADABKRW-1d-2020-08.csv", "ADABKRW-1d-2020-08",
        "ADABKRW-1d-2020-13.zip", "ADABKRW-1d-2020-00.zip", "ADABKRW-1d-2020_08.zip", "ADABKRW-1d-20-0808.zip",
        "ADABKRW-1d-2020-08-01.zip", "ADABKRW-1d-202a-08.zip", "ADABKRW-1d--020-08.zip", "ADABKRW-1d-.zip",
        "ADABKRW-1d.zip", "ADABKRW-1d-2020-08.zip.zip", "ADABKRW-1d-2020-08.ZIP", "xADABKRW-1d-2020-08.zip", ".zip",
        ""}) {
    EXPECT_FALSE(period_of_key(ada, Granularity::monthly, folder + name)) << name;
  }
}

TEST(PeriodOfKey, IsNoneForDaysThatAreNotInTheCalendar) {
  const Series btc = series("BTCUSDT", Interval::MINUTE_1);
  const std::string head = "data/spot/daily/klines/BTCUSDT/1m/BTCUSDT-1m-";
  EXPECT_TRUE(period_of_key(btc, Granularity::daily, head + "2024-02-29.zip"));
  for (const char* stamp : {"2023-02-29", "2024-02-30", "2024-04-31", "2024-01-00", "2024-01-32", "2024-1-001",
                            "2024-01", "2024-01-1", "2024/01/01", "2024-01+01", "2024-01- 1"}) {
    EXPECT_FALSE(period_of_key(btc, Granularity::daily, head + stamp + ".zip")) << stamp;
  }
}

TEST(PeriodOfKey, IsNoneForOtherSeries) {
  const Series btc = series("BTCUSDT", Interval::MINUTE_1);
  for (const Series& other :
       {series("ETHUSDT", Interval::MINUTE_1), series("BTCUSDT_240628", Interval::MINUTE_1),
        series("BTCUSD", Interval::MINUTE_1), series("BTCUSDT", Interval::MONTH_1),
        series("BTCUSDT", Interval::MINUTE_15), series("BTCUSDT", Interval::MINUTE_1, MarketType::FUTURES_USDT)}) {
    const std::string key = zip_key(other, Granularity::monthly, at("2024-03-01"));
    EXPECT_FALSE(period_of_key(btc, Granularity::monthly, key)) << key;
  }
  EXPECT_FALSE(period_of_key(btc, Granularity::daily, zip_key(btc, Granularity::monthly, at("2024-03-01"))));
  EXPECT_FALSE(period_of_key(btc, Granularity::monthly, zip_key(btc, Granularity::daily, at("2024-03-01"))));
  // Mark price files bear the same name in another folder.
  EXPECT_FALSE(
      period_of_key(btc, Granularity::monthly, "data/spot/monthly/markPriceKlines/BTCUSDT/1m/BTCUSDT-1m-2024-03.zip"));
}

TEST(ArchiveUrls, PercentEncodeEachSegment) {
  const Series meme = series("币安人生USDT", Interval::MINUTE_1);
  EXPECT_EQ(object_url("https://data.binance.vision", zip_key(meme, Granularity::daily, at("2026-01-02"))),
            "https://data.binance.vision/data/spot/daily/klines/%E5%B8%81%E5%AE%89%E4%BA%BA%E7%94%9FUSDT/1m/"
            "%E5%B8%81%E5%AE%89%E4%BA%BA%E7%94%9FUSDT-1m-2026-01-02.zip");
  EXPECT_EQ(object_url("http://127.0.0.1:8080", "data/x.zip.CHECKSUM"), "http://127.0.0.1:8080/data/x.zip.CHECKSUM");
}

TEST(ArchiveUrls, ListAfterAMarker) {
  const Series meme = series("币USDT", Interval::MINUTE_1);
  EXPECT_EQ(listing_url("http://h", folder(meme, Granularity::monthly), ""),
            "http://h/?prefix=data/spot/monthly/klines/%E5%B8%81USDT/1m/&delimiter=/&marker=");
  EXPECT_EQ(
      listing_url("https://s3-ap-northeast-1.amazonaws.com/data.binance.vision", "data/a/", "data/a/b&c"),
      "https://s3-ap-northeast-1.amazonaws.com/data.binance.vision/?prefix=data/a/&delimiter=/&marker=data/a/b%26c");
}

}  // namespace
}  // namespace klinekeep::sources
