// Partitions that an earlier klinekeep wrote: tests/data/cache. They are read for ever, and today's writer makes the
// same bytes. KLINEKEEP_WRITE_GOLDEN=<folder> writes them anew, for a new format beside the old.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "klinekeep/unified_cache_manager.hpp"
#include "store/fake_files.hpp"
#include "store/support.hpp"

namespace klinekeep::store {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Month kMarch = 2024y / 3;
const std::filesystem::path kGolden = std::filesystem::path{KLINEKEEP_TEST_DATA} / "cache";
const Series kBaseAndTail = series_of(Interval::HOUR_1, "BASETAIL");
const Series kAllGap = series_of(Interval::HOUR_4, "币安人生USDT");
const Series kThreeDays{MarketType::FUTURES_USDT, Symbol{"THREEDAYS"}, Interval::DAY_3};
const Series kOffGrid = series_of(Interval::DAY_1, "OFFGRID");

const TimeRange kBase = range("2024-03-01", "2024-03-31");
const TimeRange kTail = range("2024-03-31T00:00:00", "2024-03-31T03:00:00");

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

void write_golden(const std::filesystem::path& root) {
  const Store store{root, std::make_shared<FakeFiles>()};
  commit(store, kBaseAndTail, kMarch, {full(Origin::monthly, kBase, Interval::HOUR_1)});
  commit(store, kBaseAndTail, kMarch, {full(Origin::rest, kTail, Interval::HOUR_1, 2)});
  commit(store, kAllGap, kMarch, {answer(Origin::rest, range_of(kMarch), {})});
  commit(store, kThreeDays, kMarch,
         {answer(Origin::rest, range_of(kMarch), candles_in(range("2024-03-02", "2024-04-01"), Interval::DAY_3))});
  commit(store, kOffGrid, kMarch, {off_grid(), unverified()});
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
  ASSERT_EQ(what.rest_holes.size(), 1U);
  EXPECT_EQ(what.rest_holes[0].range, range_of(kMarch));
  EXPECT_EQ(what.rest_holes[0].at, kAsked);
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

TEST_F(Golden, AllOfItIsSound) {
  EXPECT_EQ(UnifiedCacheManager{folder_.path()}.list().size(), 4U);
  EXPECT_THAT(UnifiedCacheManager{folder_.path()}.validate(), IsEmpty());
}

TEST_F(Golden, TodaysWriterMakesTheSameBytes) {
  if (const char* const to = std::getenv("KLINEKEEP_WRITE_GOLDEN"); to != nullptr) write_golden(to);
  const TemporaryFolder made;
  write_golden(made.path());
  ASSERT_EQ(files_below(made.path()), files_below(kGolden));
  for (const std::string& name : files_below(kGolden))
    EXPECT_EQ(bytes_of(made.path() / name), bytes_of(kGolden / name)) << name;
}

}  // namespace
}  // namespace klinekeep::store
