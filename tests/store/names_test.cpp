#include "store/names.hpp"

#include <gtest/gtest.h>

#include <set>

#include "core/times.hpp"
#include "store/catalogue.hpp"

namespace klinekeep::store {
namespace {

using namespace std::chrono_literals;

constexpr Month kMarch = 2024y / 3;

TEST(Names, OfPartitionsGoBothWays) {
  for (const Month month : {1y / 1, 1969y / 12, kMarch, 9999y / 12}) {
    for (const Part part : {Part::base, Part::tail}) {
      EXPECT_EQ(parse_partition_name(partition_name(month, part)), (MonthPart{month, part}));
      EXPECT_EQ(parse_temporary_name(temporary_name(month, part, 4711, 12)), (MonthPart{month, part}));
    }
  }
  EXPECT_EQ(partition_name(kMarch, Part::base), "202403.arrow");
  EXPECT_EQ(partition_name(kMarch, Part::tail), "202403.tail.arrow");
  EXPECT_EQ(temporary_name(kMarch, Part::tail, 4711, 12), ".202403.tail.arrow.4711-12.tmp");
  EXPECT_EQ(quarantine_name(kMarch, Part::base, at("2024-04-01T08:30:00.5"), 2), "202403.arrow.20240401T083000Z-2");
}

TEST(Names, ThatAreNotOursAreNone) {
  for (const char* name : {"", ".arrow", "202403", "202413.arrow", "202400.arrow", "000003.arrow", "2024-3.arrow",
                           "+20243.arrow", "0202403.arrow", "202403.arrow.tmp", "202403.tail.tail.arrow",
                           "202403.TAIL.arrow", "202403.arrow ", ".202403.arrow", "202403.parquet", "２02403.arrow"}) {
    EXPECT_EQ(parse_partition_name(name), std::nullopt) << name;
  }
  for (const char* name : {"202403.arrow", ".202403.arrow", ".202403.arrow.tmp", ".202403.arrow.1.tmp",
                           ".202403.arrow.-.tmp", ".202403.arrow.1-.tmp", ".202403.arrow.x-1.tmp",
                           "202403.arrow.1-1.tmp", ".2024-03.arrow.tmp", ".202413.arrow.1-1.tmp"}) {
    EXPECT_EQ(parse_temporary_name(name), std::nullopt) << name;
  }
}

const Market kSpot{{}, MarketType::SPOT};

TEST(Names, OfSeriesAreSpeltExactlyAsWeWouldSpellThem) {
  for (const Interval interval : kIntervals) {
    const Series series{MarketType::SPOT, Symbol{"币安人生USDT"}, interval};
    EXPECT_EQ(parse_series(kSpot, Kind::klines, series.symbol.text(), std::string{interval.archive_name()}), series);
  }
  EXPECT_EQ(parse_series(kSpot, Kind::klines, "BTCUSDT", "1M"), std::nullopt);
  EXPECT_EQ(parse_series(kSpot, Kind::klines, "btcusdt", "1m"), std::nullopt);
  EXPECT_EQ(parse_series(kSpot, Kind::klines, "BTC/USDT", "1m"), std::nullopt);
  EXPECT_EQ(parse_series({{}, MarketType::FUTURES_USDT}, Kind::klines, "BTCUSDT", "1s"), std::nullopt);
}

TEST(Names, OfMinutesAndMonthsDifferWhereCaseIsFolded) {
  std::set<std::string> folders;
  const Layout layout{"/cache"};
  for (const Interval interval : kIntervals) {
    auto folder = layout.series_folder({MarketType::SPOT, Symbol{"BTCUSDT"}, interval}).string();
    for (char& c : folder) c = static_cast<char>(std::tolower(c));
    EXPECT_TRUE(folders.insert(folder).second) << folder;
  }
}

TEST(Names, LieWhereTheFormatSays) {
  const Layout layout{"/cache"};
  const Series series{MarketType::FUTURES_USDT, Symbol{"BTCUSDT"}, Interval::MONTH_1};
  EXPECT_EQ(layout.partition({series, kMarch, Part::base}), "/cache/um/data/BTCUSDT/1mo/202403.arrow");
  EXPECT_EQ(layout.lock(series), "/cache/um/data/BTCUSDT/1mo/.lock");
  EXPECT_EQ(layout.facts(series), "/cache/um/data/BTCUSDT/1mo/series.json");
  EXPECT_EQ(layout.quarantine_folder(series), "/cache/um/quarantine/BTCUSDT/1mo");
  EXPECT_EQ(layout.catalogue(kSpot), "/cache/spot/metadata/cache_index.json");
}

TEST(Names, OfAnotherUpstreamLieBelowIts) {
  const Layout layout{"/cache"};
  const Series series{MarketType::SPOT, Symbol{"BTCUSDT"}, Interval::MINUTE_1, Kind::klines, Upstream{"us"}};
  EXPECT_EQ(layout.partition({series, kMarch, Part::base}), "/cache/@us/spot/data/BTCUSDT/1m/202403.arrow");
  EXPECT_EQ(layout.lock(series), "/cache/@us/spot/data/BTCUSDT/1m/.lock");
  EXPECT_EQ(layout.quarantine_folder(series), "/cache/@us/spot/quarantine/BTCUSDT/1m");
  EXPECT_EQ(layout.catalogue(market_of(series)), "/cache/@us/spot/metadata/cache_index.json");
  EXPECT_EQ(layout.lease_lock(market_of(series)), "/cache/@us/spot/metadata/.leases.lock");
  for (const char* name : {"@binance", "us", "@", "@US", "@-us", "@a/b", ".."}) {
    EXPECT_EQ(parse_upstream_folder(name), std::nullopt) << name;
  }
  EXPECT_EQ(parse_upstream_folder("@127.0.0.1_8080"), Upstream{"127.0.0.1_8080"});
}

TEST(Names, OfAnotherKindLieBesideKlines) {
  const Layout layout{"/cache"};
  const Series series{MarketType::FUTURES_USDT, Symbol{"BTCUSDT"}, Interval::HOUR_1, Kind::mark_price_klines};
  EXPECT_EQ(layout.partition({series, kMarch, Part::base}), "/cache/um/markPriceKlines/BTCUSDT/1h/202403.arrow");
  EXPECT_EQ(layout.facts(series), "/cache/um/markPriceKlines/BTCUSDT/1h/series.json");
  EXPECT_EQ(layout.quarantine_folder(series), "/cache/um/quarantine/markPriceKlines/BTCUSDT/1h");
  EXPECT_EQ(parse_series(market_of(series), series.kind, "BTCUSDT", "1h"), series);
}

/// Two series that differ in any one part of their key.
TEST(Names, OfSeriesThatDifferInOnePartAloneNeverMeet) {
  const Layout layout{"/cache"};
  std::vector<Series> all;
  for (const Upstream& upstream : {Upstream{}, Upstream{"us"}, Upstream{"spot"}, Upstream{"um"}}) {
    for (const MarketType market : kMarkets) {
      for (const Kind kind : kKinds) {
        for (const char* symbol : {"BTCUSDT", "DATA"}) {
          for (const Interval interval : {Interval::MINUTE_1, Interval::MONTH_1}) {
            all.push_back({market, Symbol{symbol}, interval, kind, upstream});
          }
        }
      }
    }
  }
  std::set<std::string> paths;
  std::set<std::pair<std::string, std::int64_t>> leases;
  std::set<std::pair<std::string, std::string>> in_catalogues;
  for (const Series& series : all) {
    const PartitionKey key{series, kMarch, Part::base};
    for (const auto& path : {layout.partition(key), layout.lock(series), layout.facts(series),
                             layout.quarantine_folder(series) / partition_name(kMarch, Part::base)}) {
      EXPECT_TRUE(paths.insert(path.string()).second) << path;
    }
    const Market market = market_of(series);
    EXPECT_TRUE(leases.emplace(layout.lease_lock(market).string(), fetch_byte(series, kMarch)).second);
    EXPECT_TRUE(in_catalogues.emplace(layout.catalogue(market).string(), catalogue_path(key)).second);
    EXPECT_EQ(parse_catalogue_path(market, catalogue_path(key)), key);
  }
  EXPECT_EQ(std::set<Series>(all.begin(), all.end()).size(), all.size());
}

TEST(Names, LocksOfMonthsDifferInAllTheirUses) {
  EXPECT_EQ(commit_byte(kMarch), 2024 * 12 + 2);
  EXPECT_LT(commit_byte(9999y / 12), kFactsByte);
}

TEST(Names, LeasesDifferBySymbolIntervalAndMonth) {
  const Series minutes{MarketType::SPOT, Symbol{"BTCUSDT"}, Interval::MINUTE_1};
  const Series months{MarketType::SPOT, Symbol{"BTCUSDT"}, Interval::MONTH_1};
  const Series other{MarketType::SPOT, Symbol{"ETHUSDT"}, Interval::MINUTE_1};
  std::set<std::int64_t> bytes;
  for (const Series& series : {minutes, months, other}) {
    for (const Month month : {1y / 1, kMarch, 2024y / 4, 9999y / 12}) bytes.insert(fetch_byte(series, month));
  }
  EXPECT_EQ(bytes.size(), 12U);
  EXPECT_GE(*bytes.begin(), 0);
  EXPECT_EQ(fetch_byte(minutes, 2024y / 4) - fetch_byte(minutes, kMarch), 1);
}

TEST(Months, OfARangeAreThoseItTouches) {
  EXPECT_EQ(month_of(at("2024-03-31T23:59:59.999")), kMarch);
  EXPECT_EQ(range_of(kMarch), range("2024-03-01", "2024-04-01"));
  EXPECT_EQ(range_of(2024y / 12), range("2024-12-01", "2025-01-01"));
  EXPECT_EQ(months_in(range("2024-03-31", "2024-04-01")), std::vector{kMarch});
  EXPECT_EQ(months_in(range("2023-12-31T23:59:59", "2024-02-01T00:00:01")),
            (std::vector{2023y / 12, 2024y / 1, 2024y / 2}));
  EXPECT_TRUE(months_in(range("2024-03-02", "2024-03-02")).empty());
  EXPECT_EQ(months_in({kBeginOfTime, kEndOfTime}).size(), 9999U * 12);
}

}  // namespace
}  // namespace klinekeep::store
