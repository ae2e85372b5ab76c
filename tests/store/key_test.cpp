// Two series that differ in one part of their key alone never meet: not in paths (names_test), not in what a file says
// of itself, not in what is selected.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "klinekeep/unified_cache_manager.hpp"
#include "store/names.hpp"
#include "store/support.hpp"

namespace klinekeep::store {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const TimeRange kDay = range("2024-03-05", "2024-03-06");

/// Each differs from the first in one part.
const std::vector<Series> kAll{
    {MarketType::FUTURES_USDT, Symbol{"BTCUSDT"}, Interval::HOUR_1},
    {MarketType::FUTURES_USDT, Symbol{"BTCUSDT"}, Interval::HOUR_1, Kind::mark_price_klines},
    {MarketType::FUTURES_USDT, Symbol{"BTCUSDT"}, Interval::HOUR_1, Kind::klines, Upstream{"testnet"}},
    {MarketType::FUTURES_COIN, Symbol{"BTCUSDT"}, Interval::HOUR_1},
    {MarketType::FUTURES_USDT, Symbol{"ETHUSDT"}, Interval::HOUR_1},
    {MarketType::FUTURES_USDT, Symbol{"BTCUSDT"}, Interval::HOUR_2},
};

double value_of(std::size_t index) { return 10 + static_cast<double>(index); }

class Keys : public testing::Test {
 protected:
  void commit_all() const {
    for (std::size_t i = 0; i < kAll.size(); ++i) {
      commit(store_, kAll[i], kMarch, {full(Origin::rest, kDay, kAll[i].interval, value_of(i))});
    }
  }
  [[nodiscard]] std::filesystem::path path_of(const Series& series) const {
    return Layout{folder_.path()}.partition({series, kMarch, Part::base});
  }

  TemporaryFolder folder_;
  Store store_{folder_.path()};
  UnifiedCacheManager cache_{folder_.path()};
};

TEST_F(Keys, EachHasItsOwnRowsFactsAndLeases) {
  commit_all();
  std::vector<Lease> held;
  for (std::size_t i = 0; i < kAll.size(); ++i) {
    store_.change_facts(kAll[i], [&](SeriesFacts facts) {
      facts.before_first = NoCandles{{Timestamp{}, kDay.begin + std::chrono::hours{i}}, kAsked};
      return facts;
    });
    held.push_back(store_.lease(kAll[i], {kMarch}, {}));
    EXPECT_FALSE(held.back().waited());
  }
  for (std::size_t i = 0; i < kAll.size(); ++i) {
    const Candles rows = candles_in(kDay, kAll[i].interval, value_of(i));
    EXPECT_TRUE(same(read(store_, kAll[i], range_of(kMarch)), rows)) << i;
    EXPECT_EQ(store_.facts(kAll[i]).before_first->range.end, kDay.begin + std::chrono::hours{i});
  }
}

TEST_F(Keys, AFileThatWasCopiedProvesWhoseItIs) {
  commit_all();
  const std::string bytes = bytes_of(path_of(kAll.front()));
  for (std::size_t i = 1; i < kAll.size(); ++i) {
    put(path_of(kAll[i]), bytes);
    const auto findings = cache_.validate({.upstream = kAll[i].upstream});
    const Snapshot snapshot = store_.snapshot(kAll[i], range_of(kMarch));
    EXPECT_THAT(snapshot.months(), IsEmpty()) << i;
    ASSERT_THAT(snapshot.damages(), SizeIs(1)) << i;
    EXPECT_THAT(snapshot.damages().front().why, HasSubstr("where its path says"));
    EXPECT_FALSE(findings.empty());
  }
  EXPECT_THAT(cache_.list(), SizeIs(1)) << "the others are in the quarantine";
  EXPECT_THAT(cache_.validate(), IsEmpty());
}

TEST_F(Keys, AreSelectedByEachPart) {
  commit_all();
  EXPECT_THAT(cache_.list(), SizeIs(kAll.size()));
  EXPECT_THAT(cache_.series(), SizeIs(kAll.size()));
  for (const Series& series : kAll) {
    const CacheSelection one{.market = series.market,
                             .symbol = series.symbol,
                             .interval = series.interval,
                             .month = kMarch,
                             .kind = series.kind,
                             .upstream = series.upstream};
    for (int look = 0; look < 2; ++look) {  // from the files, then from the catalogue
      const auto entries = cache_.list(one);
      ASSERT_THAT(entries, SizeIs(1));
      EXPECT_EQ(entries.front().path, path_of(series));
      EXPECT_EQ(entries.front().kind, series.kind);
      EXPECT_EQ(entries.front().upstream, series.upstream);
    }
    EXPECT_THAT(cache_.series(one), SizeIs(1));
  }
  EXPECT_THAT(cache_.list({.kind = Kind::mark_price_klines}), SizeIs(1));
  EXPECT_THAT(cache_.list({.upstream = Upstream{"testnet"}}), SizeIs(1));
  EXPECT_THAT(cache_.list({.upstream = Upstream{"us"}}), IsEmpty());
  EXPECT_THAT(cache_.list(), SizeIs(kAll.size())) << "looking at one forgets no other";
}

TEST_F(Keys, LimitsAndPruningSpanAllOfThem) {
  commit_all();
  const auto gone = cache_.prune({.max_bytes = 1, .max_age = std::nullopt});
  EXPECT_THAT(gone.removed, SizeIs(kAll.size()));
  EXPECT_EQ(gone.bytes_left, 0);
  EXPECT_THAT(cache_.list(), IsEmpty());
}

TEST_F(Keys, FoldersThatAreNoUpstreamsArePassedOver) {
  commit_all();
  for (const char* name : {"@US", "@binance", "@", "us"}) {
    std::filesystem::create_directory(folder_.path() / name);
    std::filesystem::copy(folder_.path() / "um", folder_.path() / name / "um",
                          std::filesystem::copy_options::recursive);
  }
  EXPECT_THAT(cache_.list(), SizeIs(kAll.size()));
  EXPECT_THAT(cache_.validate(), IsEmpty());
}

}  // namespace
}  // namespace klinekeep::store
