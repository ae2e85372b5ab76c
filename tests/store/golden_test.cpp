// Partitions that a klinekeep of this format wrote: tests/data/cache. They are read for ever, and today's writer makes
// the same bytes. KLINEKEEP_WRITE_GOLDEN=<folder> writes them anew, for a new format beside the old.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "klinekeep/unified_cache_manager.hpp"
#include "store/fake_files.hpp"
#include "store/hash.hpp"
#include "store/support.hpp"

namespace klinekeep::store {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const std::filesystem::path kGolden = std::filesystem::path{KLINEKEEP_TEST_DATA} / "cache";
const Series kBaseAndTail = series_of(Interval::HOUR_1, "BASETAIL");
const Series kAllGap = series_of(Interval::HOUR_4, "币安人生USDT");
const Series kThreeDays{MarketType::FUTURES_USDT, Symbol{"THREEDAYS"}, Interval::DAY_3};
const Series kMonths{MarketType::FUTURES_COIN, Symbol{"MONTHS_PERP"}, Interval::MONTH_1};
const Series kWeeks{MarketType::FUTURES_COIN, Symbol{"WEEKS_PERP"}, Interval::WEEK_1};
const Series kThreeSources = series_of(Interval::HOUR_1, "THREESOURCES");
const Series kOffGrid = series_of(Interval::DAY_1, "OFFGRID");

const Series kMarkPrices{MarketType::FUTURES_USDT, Symbol{"BASETAIL"}, Interval::HOUR_1, Kind::mark_price_klines};
const Series kOtherUpstream{MarketType::SPOT, Symbol{"BASETAIL"}, Interval::HOUR_1, Kind::klines, Upstream{"us"}};

const TimeRange kBase = range("2024-03-01", "2024-03-31");
const TimeRange kTail = range("2024-03-31T00:00:00", "2024-03-31T03:00:00");

constexpr const char* kTwoBatchesSum = "1699e24a016831486f3a7ed3664e649d";

UsedFile file(const char* name, Trust trust) {
  return {name, trust, std::string(64, 'a'), std::string(32, 'e'), kAsked};
}

Addition off_grid() {
  Candles rows = candles_in(range("2024-03-01", "2024-03-05"), Interval::DAY_1);
  push(rows, at("2024-03-05T07:00:00"), Interval::DAY_1, 4);
  Addition addition = answer(Origin::monthly, range("2024-03-01", "2024-03-10"), rows, Trust::etag);
  addition.file = file("OFFGRID-1d-2024-03.zip", Trust::etag);
  return addition;
}

Addition unverified() {
  Addition addition = full(Origin::daily, range("2024-03-12", "2024-03-13"), Interval::DAY_1);
  addition.trust = Trust::unverified;
  addition.file = file("OFFGRID-1d-2024-03-12.zip", Trust::unverified);
  return addition;
}

/// Days of which each source has answered, and has holes where others have rows.
std::vector<Addition> three_sources() {
  const auto but = [](Origin origin, const TimeRange& whole, const TimeRange& hole) {
    Candles rows = candles_in({whole.begin, hole.begin}, Interval::HOUR_1);
    const Candles after = candles_in({hole.end, whole.end}, Interval::HOUR_1);
    rows.append(after, 0, after.size());
    return answer(origin, whole, rows);
  };
  return {but(Origin::daily, range("2024-03-02", "2024-03-04"), range("2024-03-02T05:00:00", "2024-03-02T07:00:00")),
          but(Origin::monthly, range("2024-03-01", "2024-03-10"), range("2024-03-02T06:00:00", "2024-03-02T09:00:00")),
          but(Origin::rest, range("2024-03-02", "2024-03-06"), range("2024-03-02T06:00:00", "2024-03-02T07:00:00"))};
}

void write_golden(const std::filesystem::path& root) {
  const Store store{root, std::make_shared<FakeFiles>()};
  commit(store, kBaseAndTail, kMarch, {full(Origin::monthly, kBase, Interval::HOUR_1)});
  commit(store, kBaseAndTail, kMarch, {full(Origin::rest, kTail, Interval::HOUR_1, 2)});
  Addition empty_page = answer(Origin::rest, range_of(kMarch), {});
  empty_page.weak = true;
  commit(store, kAllGap, kMarch, {empty_page});
  commit(store, kThreeDays, kMarch,
         {answer(Origin::rest, range_of(kMarch), candles_in(range("2024-03-02", "2024-04-01"), Interval::DAY_3))});
  commit(store, kOffGrid, kMarch, {off_grid(), unverified()});
  commit(store, kMonths, kMarch, {full(Origin::monthly, range_of(kMarch), Interval::MONTH_1)});
  commit(store, kWeeks, kMarch, {full(Origin::rest, range("2024-03-04", "2024-03-25"), Interval::WEEK_1)});
  commit(store, kThreeSources, kMarch, three_sources());
  commit(store, kMarkPrices, kMarch, {full(Origin::monthly, kBase, Interval::HOUR_1, 3)});
  commit(store, kOtherUpstream, kMarch, {full(Origin::rest, kBase, Interval::HOUR_1, 4)});
  Addition a_day_later = answer(Origin::rest, range_of(kMarch), {}, Trust::verified, kAsked + 24h);
  a_day_later.confirms = true;
  commit(store, kThreeSources, kMarch, {a_day_later});
}

/// 86,400 rows: kept packed, as it is large.
std::string two_batches(const std::filesystem::path& root) {
  const Series series = series_of(Interval::SECOND_1, "TWOBATCHES");
  commit(Store{root, std::make_shared<FakeFiles>()}, series, kMarch,
         {full(Origin::daily, range("2024-03-01", "2024-03-02"), Interval::SECOND_1)});
  return bytes_of(root / "spot/data/TWOBATCHES/1s/202403.arrow");
}

class Golden : public testing::Test {
 protected:
  Golden() { std::filesystem::copy(kGolden, folder_.path(), std::filesystem::copy_options::recursive); }

  TemporaryFolder folder_;
  Store store_{folder_.path()};
};

TEST_F(Golden, BaseAndTailAreReadAsOne) {
  Candles wanted = candles_in(kBase, Interval::HOUR_1);
  const Candles tail = candles_in(kTail, Interval::HOUR_1, 2);
  wanted.append(tail, 0, tail.size());
  EXPECT_TRUE(same(read(store_, kBaseAndTail, range_of(kMarch)), wanted));
  EXPECT_EQ(known(store_, kBaseAndTail, range_of(kMarch)).archive, RangeSet{kBase});
  EXPECT_EQ(known(store_, kBaseAndTail, range_of(kMarch)).rest, RangeSet{kTail});
}

TEST_F(Golden, AMonthThatIsAllGapIsKnownToBeSo) {
  EXPECT_TRUE(read(store_, kAllGap, range_of(kMarch)).empty());
  const Known what = known(store_, kAllGap, range_of(kMarch));
  EXPECT_THAT(what.holes, ElementsAre(Hole{Origin::rest, range_of(kMarch), kAsked, kAsked, true}));
}

TEST_F(Golden, CandlesOf3dCoverThreeDays) {
  EXPECT_EQ(read(store_, kThreeDays, range_of(kMarch)).size(), 10U);
  EXPECT_EQ(known(store_, kThreeDays, range_of(kMarch)).present, RangeSet{range("2024-03-02", "2024-04-01")});
}

TEST_F(Golden, OffGridAndUnverifiedRowsAreKept) {
  const TimeRange month = range_of(kMarch);
  EXPECT_EQ(read(store_, kOffGrid, month).size(), 4U);
  EXPECT_EQ(read(store_, kOffGrid, month, kAny, true).size(), 5U);
  EXPECT_EQ(read(store_, kOffGrid, month, kAnyTrust, true).size(), 6U);
  EXPECT_THAT(store_.snapshot(kOffGrid, month).off_grid(month, kAny), ElementsAre(at("2024-03-05T07:00:00")));
}

TEST_F(Golden, AMonthAndWeeksOfFutures) {
  EXPECT_EQ(read(store_, kMonths, range_of(kMarch)).size(), 1U);
  EXPECT_EQ(known(store_, kMonths, range_of(kMarch)).monthly, RangeSet{range_of(kMarch)});
  EXPECT_EQ(read(store_, kWeeks, range_of(kMarch)).size(), 3U);
}

TEST_F(Golden, EachSourcesAnswersAndHolesAreItsOwn) {
  const TimeRange month = range_of(kMarch);
  EXPECT_EQ(read(store_, kThreeSources, month).size(), 9U * 24 - 1) << "one hour that none of the three has";
  EXPECT_EQ(read(store_, kThreeSources, month, kRest).size(), 4U * 24 - 1);
  EXPECT_EQ(read(store_, kThreeSources, month, kArchive).size(), 9U * 24 - 1);
  const TimeRange of_rest = range("2024-03-02T06:00:00", "2024-03-02T07:00:00");
  EXPECT_EQ(known(store_, kThreeSources, month).holes.size(), 3U);
  EXPECT_THAT(known(store_, kThreeSources, month, kRest).holes,
              ElementsAre(Hole{Origin::rest, of_rest, kAsked, kAsked + 24h}));
}

TEST_F(Golden, KindsAndUpstreamsAreKeptApart) {
  for (const auto& [series, value] : {std::pair{kMarkPrices, 3.0}, std::pair{kOtherUpstream, 4.0}}) {
    EXPECT_TRUE(same(read(store_, series, range_of(kMarch)), candles_in(kBase, Interval::HOUR_1, value)));
  }
}

TEST_F(Golden, AllOfItIsSound) {
  EXPECT_EQ(UnifiedCacheManager{folder_.path()}.list().size(), 9U);
  EXPECT_THAT(UnifiedCacheManager{folder_.path()}.validate(), IsEmpty());
}

TEST_F(Golden, TodaysWriterMakesTheSameBytes) {
  if (const char* const to = std::getenv("KLINEKEEP_WRITE_GOLDEN"); to != nullptr) {
    write_golden(to);
    (void)two_batches(to);  // to be packed by gzip -9n
  }
  const TemporaryFolder made;
  write_golden(made.path());
  auto kept = files_below(kGolden);
  std::erase_if(kept, [](const std::string& name) { return name.ends_with(".gz"); });  // tests/cli reads it
  ASSERT_EQ(files_below(made.path()), kept);
  for (const std::string& name : kept) EXPECT_EQ(bytes_of(made.path() / name), bytes_of(kGolden / name)) << name;
  const std::string two = two_batches(made.path());
  EXPECT_EQ(xxh3(std::as_bytes(std::span{two})), kTwoBatchesSum);
}

}  // namespace
}  // namespace klinekeep::store
