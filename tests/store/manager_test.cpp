#include <arrow/table.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "frame/table.hpp"
#include "klinekeep/unified_cache_manager.hpp"
#include "store/prune.hpp"
#include "store/support.hpp"

namespace klinekeep::store {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const Interval kHour = Interval::HOUR_1;
constexpr Month kApril = 2024y / 4;

class UnifiedCache : public testing::Test {
 protected:
  UnifiedCache() {
    commit(store_, series_, kMarch, {full(Origin::daily, march_, kHour)});
    commit(store_, series_, kApril, {full(Origin::rest, april_, kHour)});
  }
  std::filesystem::path path_of(const char* name) const { return folder_.path() / "spot/data/币安人生USDT/1h" / name; }

  TimeRange march_ = range("2024-03-01", "2024-04-01");
  TimeRange april_ = range("2024-04-01", "2024-04-03");
  TemporaryFolder folder_;
  Store store_{folder_.path()};
  Series series_ = series_of(kHour, "币安人生USDT");
  UnifiedCacheManager cache_{folder_.path()};
};

TEST(UnifiedCacheRoot, ThatIsNoDirectoryIsToldByAllThatReadOrWrite) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "file";
  std::ofstream{file} << "not a directory";
  const UnifiedCacheManager cache{file / "below"};
  EXPECT_THROW((void)cache.list(), CacheError);
  EXPECT_THROW((void)cache.series(), CacheError);
  EXPECT_THROW((void)cache.validate(), CacheError);
  EXPECT_THROW((void)cache.reindex(), CacheError);
  EXPECT_THROW((void)cache.prune({.max_bytes = 0, .max_age = {}}), CacheError);
  EXPECT_THROW((void)cache.prune({}), InvalidRequest) << "before it looks";
  EXPECT_THROW((void)cache.load(MarketType::SPOT, Symbol{"BTCUSDT"}, kHour, range("2024-03-01", "2024-04-01")),
               CacheError);
  EXPECT_NO_THROW((void)cache.path_of(MarketType::SPOT, Symbol{"BTCUSDT"}, kHour, kMarch));
}

TEST(UnifiedCacheRoot, ThatIsNotThereIsAnEmptyCache) {
  const TemporaryFolder folder;
  const UnifiedCacheManager cache{folder.path() / "nothing" / "here"};
  EXPECT_THAT(cache.list(), IsEmpty());
  EXPECT_THAT(cache.validate(), IsEmpty());
  EXPECT_THAT(cache.load(MarketType::SPOT, Symbol{"BTCUSDT"}, kHour, range("2024-03-01", "2024-04-01")).covered,
              IsEmpty());
}

TEST_F(UnifiedCache, ListsThePartitionsInOrder) {
  const auto entries = cache_.list();
  ASSERT_THAT(entries, SizeIs(2));
  EXPECT_EQ(entries[0].symbol, "币安人生USDT");
  EXPECT_EQ(entries[0].month, kMarch);
  EXPECT_EQ(entries[0].path, path_of("202403.arrow"));
  EXPECT_EQ(entries[0].rows, 31 * 24);
  EXPECT_EQ(entries[0].first, march_.begin);
  EXPECT_EQ(entries[0].last, march_.end - 1h);
  EXPECT_THAT(entries[0].covered, ElementsAre(march_));
  EXPECT_THAT(entries[1].covered, ElementsAre(april_));
  EXPECT_EQ(entries[1].bytes, static_cast<std::int64_t>(std::filesystem::file_size(path_of("202404.arrow"))));
  CacheSelection april;
  april.month = kApril;
  EXPECT_THAT(cache_.list(april), SizeIs(1));
  CacheSelection other;
  other.symbol = Symbol{"BTCUSDT"};
  EXPECT_THAT(cache_.list(other), IsEmpty());
}

TEST_F(UnifiedCache, NamesTheSeriesOfWhichOnlyTheBeginIsKnownToo) {
  const Series other{MarketType::FUTURES_USDT, Symbol{"BTCUSDT"}, kHour};
  store_.change_facts(other, [&](SeriesFacts facts) {
    facts.before_first = NoCandles{{Timestamp{}, march_.begin}, april_.begin};
    return facts;
  });
  std::filesystem::create_directories(folder_.path() / "spot/data/ETHUSDT/1h");
  std::vector<std::string> names;
  for (const CachedSeries& each : cache_.series()) {
    names.push_back(std::string{name(each.market)} + ' ' + each.symbol + ' ' + std::string{each.interval.name()});
  }
  EXPECT_THAT(names, ElementsAre("spot 币安人生USDT 1h", "um BTCUSDT 1h"));
  EXPECT_THAT(cache_.series({.market = MarketType::FUTURES_USDT}), SizeIs(1));
  EXPECT_THAT(cache_.series({.symbol = Symbol{"ETHUSDT"}}), IsEmpty());
}

TEST_F(UnifiedCache, CountsATailToItsBase) {
  commit(store_, series_, kApril, {full(Origin::daily, range("2024-04-01", "2024-04-30"), kHour)});
  commit(store_, series_, kApril, {full(Origin::rest, range("2024-04-30T00:00:00", "2024-04-30T03:00:00"), kHour)});
  ASSERT_TRUE(std::filesystem::exists(path_of("202404.tail.arrow")));
  const auto entries = cache_.list();
  ASSERT_THAT(entries, SizeIs(2));
  EXPECT_EQ(entries[1].rows, 29 * 24 + 3);
  EXPECT_THAT(entries[1].covered, ElementsAre(range("2024-04-01", "2024-04-30T03:00:00")));
}

TEST_F(UnifiedCache, ListsFromTheCatalogueWhatHasNotChanged) {
  EXPECT_THAT(cache_.list(), SizeIs(2));
  const auto catalogue = folder_.path() / "spot/metadata/cache_index.json";
  const std::string before = bytes_of(catalogue);
  EXPECT_THAT(before, HasSubstr("币安人生USDT/1h/202403.arrow"));
  std::string forged = before;
  forged.replace(forged.find("\"rows\":744"), 10, "\"rows\":743");
  put(catalogue, forged);
  EXPECT_EQ(cache_.list()[0].rows, 743);  // believed, as size, mtime and inode are the same
  EXPECT_EQ(cache_.reindex(), 2U);
  EXPECT_EQ(bytes_of(catalogue), before);
  commit(store_, series_, kMarch, {full(Origin::rest, march_, kHour)});
  EXPECT_EQ(cache_.list()[0].rows, 744);
  for (const char* rubbish : {"", "{}", "[1]", "{\"format\":1,\"partitions\":[{}]}"}) {
    put(catalogue, rubbish);
    EXPECT_EQ(cache_.list()[0].rows, 744) << rubbish;
  }
  std::filesystem::remove(path_of("202404.arrow"));
  EXPECT_THAT(cache_.list(), SizeIs(1));
  EXPECT_THAT(bytes_of(catalogue), testing::Not(HasSubstr("202404")));
}

TEST_F(UnifiedCache, KnowsByTheCatalogueWhatAFileThatIsDamagedHeld) {
  static_cast<void>(cache_.list());
  std::filesystem::remove(path_of("202403.arrow"));
  CacheSelection march;
  march.month = kMarch;
  put(path_of("202403.arrow"), "rubbish");
  EXPECT_THAT(cache_.list(march)[0].covered, ElementsAre(march_));  // what to fetch again
}

TEST_F(UnifiedCache, PassesOverWhatIsNotOurs) {
  for (const char* name :
       {"spot/data/notes.txt", "spot/data/btcusdt/1h/202403.arrow", "spot/data/BTCUSDT/1M/202403.arrow",
        "spot/data/BTCUSDT/1h/202413.arrow", "spot/data/BTCUSDT/1h/.202403.arrow.1-1.tmp",
        "um/data/BTCUSDT/1s/202403.arrow", "spot/quarantine/BTCUSDT/1h/202403.arrow"})
    put(folder_.path() / name, "not ours");
  EXPECT_THAT(cache_.list(), SizeIs(2));
  EXPECT_THAT(cache_.validate(), IsEmpty());
}

TEST_F(UnifiedCache, ValidatesEveryByteAndChangesNothing) {
  EXPECT_THAT(cache_.validate(), IsEmpty());
  const auto path = path_of("202403.arrow");
  std::string bytes = bytes_of(path);
  EXPECT_EQ(read(store_, series_, march_).size(), 744U);  // proven for this process
  bytes[bytes.size() / 2] ^= 1;
  put(path, bytes);
  const auto findings = cache_.validate();
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_THAT(findings[0].what, HasSubstr("the sum of column"));
  EXPECT_EQ(findings[0].path, path);
  EXPECT_EQ(bytes_of(path), bytes);
}

TEST_F(UnifiedCache, LoadsWhatItHasAndSaysWhatThatIs) {
  const TimeRange asked = range("2024-03-31", "2024-04-05");
  const CachedCandles loaded = cache_.load(MarketType::SPOT, series_.symbol, kHour, asked);
  EXPECT_EQ(loaded.table->num_rows(), 72);
  EXPECT_THAT(loaded.covered, ElementsAre(range("2024-03-31", "2024-04-03")));
  EXPECT_TRUE(loaded.table->schema()->Equals(*frame::arrow_schema()));
  EXPECT_THROW(static_cast<void>(cache_.load(MarketType::FUTURES_USDT, series_.symbol, Interval::SECOND_1, asked)),
               InvalidRequest);
  EXPECT_EQ(cache_.load(MarketType::FUTURES_USDT, series_.symbol, kHour, asked).table->num_rows(), 0);

  std::string bytes = bytes_of(path_of("202403.arrow"));
  bytes[bytes.size() / 2] ^= 1;
  put(path_of("202403.arrow"), bytes);
  const CachedCandles half = cache_.load(MarketType::SPOT, series_.symbol, kHour, march_);
  EXPECT_EQ(half.table->num_rows(), 0);
  EXPECT_THAT(half.covered, IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(path_of("202403.arrow")));
}

TEST_F(UnifiedCache, PathsAreThoseOfTheLayout) {
  EXPECT_EQ(cache_.path_of(MarketType::FUTURES_COIN, Symbol{"BTCUSD_PERP"}, Interval::MONTH_1, kMarch),
            folder_.path() / "cm/data/BTCUSD_PERP/1mo/202403.arrow");
}

CacheEntry used_at(const char* when, std::int64_t bytes) {
  return {MarketType::SPOT, "BTCUSDT", kHour, kMarch, {}, bytes, 0, {}, {}, {}, at(when)};
}

TEST(Prune, TakesTheLeastRecentlyUsedUntilTheRestFits) {
  const std::vector<CacheEntry> entries{used_at("2024-03-03", 10), used_at("2024-03-01", 20),
                                        used_at("2024-03-02", 30)};
  const Timestamp now = at("2024-03-04");
  EXPECT_THAT(to_prune(entries, {60, {}}, now), IsEmpty());
  EXPECT_THAT(to_prune(entries, {59, {}}, now), ElementsAre(1));
  EXPECT_THAT(to_prune(entries, {39, {}}, now), ElementsAre(1, 2));
  EXPECT_THAT(to_prune(entries, {0, {}}, now), ElementsAre(1, 2, 0));
  EXPECT_THAT(to_prune(entries, {}, now), IsEmpty());
}

TEST(Prune, TakesWhatWasLastUsedThatLongAgoOrLonger) {
  const std::vector<CacheEntry> entries{used_at("2024-03-03", 10), used_at("2024-03-01", 20)};
  const Timestamp now = at("2024-03-04");
  EXPECT_THAT(to_prune(entries, {{}, 72h}, now), ElementsAre(1));
  EXPECT_THAT(to_prune(entries, {{}, 72h + 1s}, now), IsEmpty());
  EXPECT_THAT(to_prune(entries, {{}, 0s}, now), ElementsAre(1, 0));
}

TEST_F(UnifiedCache, EvictsByUseAndLeavesFactsAndLocks) {
  store_.change_facts(series_, [&](SeriesFacts facts) {
    facts.before_first = NoCandles{.range = {kBeginOfTime, march_.begin}, .asked_at = march_.end};
    return facts;
  });
  const Timestamp then = std::chrono::floor<std::chrono::seconds>(system_now()) - 24h * 100;
  for (const char* name : {"202403.arrow", "202404.arrow"}) {
    real_files()->set_accessed(path_of(name), then);
    std::filesystem::last_write_time(path_of(name), std::chrono::file_clock::from_sys(then));
  }
  Snapshot reader = store_.snapshot(series_, april_);
  EXPECT_THAT(reader.prove(april_, all_columns(), Verify::AUTO), IsEmpty());
  store_.touch(reader, april_);
  const PruneResult result = cache_.prune({{}, 24h * 90});
  ASSERT_THAT(result.removed, SizeIs(1));
  EXPECT_EQ(result.removed[0].month, kMarch);
  EXPECT_THAT(files_below(folder_.path()),
              ElementsAre("spot/data/币安人生USDT/1h/202404.arrow", "spot/data/币安人生USDT/1h/series.json",
                          "spot/metadata/cache_index.json"));
  EXPECT_THAT(cache_.prune({0, {}}).removed, SizeIs(1));
  EXPECT_EQ(candles_of(reader.rows(april_, kAny, all_columns(), false)).size(), 48U);  // still readable
}

TEST_F(UnifiedCache, RefusesLimitsThatCannotBeBeforeItLooks) {
  const auto before = files_below(folder_.path());
  const UnifiedCacheManager nowhere{path_of("202403.arrow")};  // whoever looks, fails
  for (const PruneLimits& limits :
       {PruneLimits{-1, {}}, PruneLimits{{}, -1s}, PruneLimits{{}, 900ms}, PruneLimits{-1, 24h}, PruneLimits{0, 1us}}) {
    EXPECT_THROW((void)cache_.prune(limits), InvalidRequest);
    EXPECT_THROW((void)nowhere.prune(limits), InvalidRequest);
  }
  EXPECT_EQ(files_below(folder_.path()), before);
}

TEST_F(UnifiedCache, DoesNotEvictWhatIsBeingWritten) {
  const auto lock = real_files()->open_lock(path_of(".lock"));
  ASSERT_TRUE(lock->try_lock(commit_byte(kMarch)));
  const PruneResult result = cache_.prune({0, {}});
  ASSERT_THAT(result.removed, SizeIs(1));
  EXPECT_EQ(result.removed[0].month, kApril);
  EXPECT_GT(result.bytes_left, 0);
}

TEST_F(UnifiedCache, ARangeThatIsReadIsUsedAndNoOther) {
  const Timestamp then = at("2024-01-01");
  real_files()->set_accessed(path_of("202404.arrow"), then);
  const auto accessed = [&] { return real_files()->stat(path_of("202404.arrow"))->accessed_ns; };
  Snapshot snapshot = store_.snapshot(series_, april_);
  store_.touch(snapshot, march_);
  EXPECT_EQ(accessed(), then.time_since_epoch() / 1ns);
  store_.touch(snapshot, april_);
  const auto first = accessed();
  EXPECT_GT(first, then.time_since_epoch() / 1ns);
  store_.touch(snapshot, april_);
  EXPECT_EQ(accessed(), first);
}

}  // namespace
}  // namespace klinekeep::store
