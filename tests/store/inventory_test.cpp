// At scale: what is looked at, counted by operations. Nothing that one request does depends on how many partitions
// there are.
#include "store/inventory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "store/fake_files.hpp"
#include "store/support.hpp"

namespace klinekeep::store {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::SizeIs;

class Inventory : public testing::Test {
 protected:
  void SetUp() override {
    for (int symbol = 0; symbol < 10; ++symbol) {
      for (const Month month : {2024y / 1, 2024y / 2, 2024y / 3}) {
        const TimeRange day{range_of(month).begin, range_of(month).begin + std::chrono::days{1}};
        commit(store_, series_of(Interval::HOUR_1, "COIN" + std::to_string(symbol) + "USDT"), month,
               {full(Origin::rest, day, Interval::HOUR_1)});
      }
    }
    files_->take();
  }

  std::vector<CacheEntry> stock(const CacheSelection& selection = {}) {
    auto entries = take_stock(directory_, selection, Catalogued::is_believed, Saving::if_possible);
    done_ = files_->take();
    return entries;
  }
  [[nodiscard]] std::int64_t count(const std::string& what, const std::string& ending = "") const {
    return std::ranges::count_if(
        done_, [&](const Operation& each) { return each.what == what && each.name.ends_with(ending); });
  }

  TemporaryFolder folder_;
  std::shared_ptr<FakeFiles> files_ = std::make_shared<FakeFiles>();
  Store store_{folder_.path(), files_};
  Directory directory_{files_, Layout{folder_.path()}, system_now};
  std::vector<Operation> done_;
};

TEST_F(Inventory, OpensEachPartitionOnceAndThenNone) {
  const auto first = stock();
  EXPECT_THAT(first, SizeIs(30));
  EXPECT_EQ(count("open", ".arrow"), 30);
  const auto second = stock();
  EXPECT_EQ(count("open", ".arrow"), 0);
  EXPECT_EQ(count("stat", ".arrow"), 30) << "one look at each";
  EXPECT_EQ(count("create"), 0) << "the catalogue is as it was";
  ASSERT_EQ(first.size(), second.size());
  EXPECT_EQ(first.back().covered, second.back().covered);
}

TEST_F(Inventory, OpensOnlyWhatHasChanged) {
  (void)stock();
  commit(store_, series_of(Interval::HOUR_1, "COIN3USDT"), 2024y / 2,
         {full(Origin::rest, range("2024-02-05", "2024-02-06"), Interval::HOUR_1)});
  files_->take();
  EXPECT_THAT(stock(), SizeIs(30));
  EXPECT_EQ(count("open", ".arrow"), 1);
}

TEST_F(Inventory, OfOneSeriesLooksAtNoOther) {
  (void)stock();
  EXPECT_THAT(stock({.market = MarketType::SPOT, .symbol = Symbol{"COIN3USDT"}}), SizeIs(3));
  EXPECT_EQ(count("stat", ".arrow"), 3);
  EXPECT_EQ(count("open", ".arrow"), 0);
  (void)stock();
  EXPECT_EQ(count("open", ".arrow"), 0) << "the others are still in the catalogue";
}

TEST_F(Inventory, ACatalogueThatIsRubbishCostsOneLookAtEach) {
  (void)stock();
  for (const char* const text : {"", "{", R"({"format":1,"partitions":[{"path":"COIN3USDT/1h/202402.arrow"}]})"}) {
    put(directory_.layout.catalogue({{}, MarketType::SPOT}), text);
    EXPECT_THAT(stock(), SizeIs(30));
    EXPECT_EQ(count("open", ".arrow"), 30);
  }
}

TEST_F(Inventory, ASnapshotOfOneMonthLooksAtThatMonthOnly) {
  (void)store_.snapshot(series_of(Interval::HOUR_1, "COIN3USDT"), range("2024-02-01", "2024-02-02"));
  done_ = files_->take();
  EXPECT_EQ(count("list"), 0) << "what lies in a folder does not matter";
  for (const Operation& each : done_) {
    EXPECT_TRUE(each.name == "202402.arrow" || each.name == "202402.tail.arrow") << each.what << ' ' << each.name;
  }
  EXPECT_EQ(count("open", ".arrow"), 1);
  EXPECT_LE(done_.size(), 10U);
}

TEST_F(Inventory, ACommitListsNoFolderButItsOwn) {
  commit(store_, series_of(Interval::HOUR_1, "COIN3USDT"), 2024y / 2,
         {full(Origin::rest, range("2024-02-05", "2024-02-06"), Interval::HOUR_1)});
  done_ = files_->take();
  EXPECT_EQ(count("list"), 1);
  EXPECT_EQ(count("list", "1h"), 1);
}

}  // namespace
}  // namespace klinekeep::store
