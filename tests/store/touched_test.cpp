// What the store asks of the disk: no more than it needs.

#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "store/fake_files.hpp"
#include "store/names.hpp"
#include "store/support.hpp"

namespace klinekeep::store {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

const Interval kSecond = Interval::SECOND_1;
constexpr std::size_t kClose = 4;

class Touched : public testing::Test {
 protected:
  Touched() { commit(store_, series_, kMarch, {full(Origin::daily, range("2024-03-01", "2024-03-05"), kSecond)}); }

  TemporaryFolder folder_;
  std::shared_ptr<FakeFiles> files_ = std::make_shared<FakeFiles>();
  Store store_{folder_.path(), files_};
  Series series_ = series_of(kSecond);
  TimeRange day_ = range("2024-03-02", "2024-03-03");  // rows 86,400 to 172,799: in batches 1 and 2 of 6
};

TEST_F(Touched, AFirstReadOfADayTouchesItsBatchesAndColumnsAlone) {
  files_->take();
  std::vector<std::string> asked;
  Snapshot snapshot = store_.snapshot(series_, day_);
  std::int64_t footer = 0;
  for (const Operation& operation : files_->take()) {
    asked.push_back(operation.what);
    if (operation.what == "read") footer += operation.size;
  }
  EXPECT_LT(footer, 20'000);
  EXPECT_THAT(snapshot.prove(day_, {kClose}, Verify::AUTO), IsEmpty());
  EXPECT_EQ(snapshot.rows(day_, kAny, {kClose}, false).size(), 2U);
  std::int64_t bytes = 0;
  for (const Operation& operation : files_->take()) {
    asked.push_back(operation.what);
    if (operation.what == "read") bytes += operation.size;
  }
  EXPECT_EQ(bytes, 2 * 2 * 65'536 * 8);  // two batches, of open_time and close
  EXPECT_THAT(asked, Not(Contains("lock")));
  EXPECT_THAT(asked, Not(Contains("try_lock")));
  EXPECT_THAT(asked, Not(Contains("open_lock")));
}

TEST_F(Touched, AWarmReadOpensAndReadsNothing) {
  const auto get = [&] {
    Snapshot snapshot = store_.snapshot(series_, day_);
    EXPECT_THAT(snapshot.prove(day_, {kClose}, Verify::AUTO), IsEmpty());
    EXPECT_EQ(snapshot.rows(day_, kAny, {kClose}, false).size(), 2U);
  };
  get();
  files_->take();
  get();
  for (const Operation& operation : files_->take())
    EXPECT_THAT(operation.what, testing::AnyOf("stat", "fstat")) << operation.name;
  Snapshot snapshot = store_.snapshot(series_, day_);
  files_->take();
  EXPECT_THAT(snapshot.prove(day_, {kClose}, Verify::ALWAYS), IsEmpty());
  EXPECT_EQ(files_->take_names("read").size(), 4U);
}

TEST_F(Touched, WhatIsProvenOfABatchIsNotTakenForTheRestOfIt) {
  Snapshot snapshot = store_.snapshot(series_, day_);
  EXPECT_THAT(snapshot.prove(day_, {kClose}, Verify::AUTO), IsEmpty());
  files_->take();
  EXPECT_THAT(snapshot.prove(day_, all_columns(), Verify::AUTO), IsEmpty());
  EXPECT_EQ(files_->take_names("read").size(), 2 * (kSchema.size() - 2));  // all but open_time and close
}

TEST_F(Touched, AllOfAPartitionIsOneTableForAllWhoAsk) {
  const auto batches_of = [&](const TimeRange& window, const std::vector<std::size_t>& columns) {
    Snapshot snapshot = store_.snapshot(series_, window);
    EXPECT_THAT(snapshot.prove(window, columns, Verify::AUTO), IsEmpty());
    auto batches = snapshot.rows(window, kAny, columns, false);
    return std::pair{snapshot.whole(batches), batches};
  };
  const TimeRange all = range("2024-03-01", "2024-03-05");
  const auto [table, batches] = batches_of(all, all_columns());
  ASSERT_NE(table, nullptr);
  EXPECT_TRUE(table->Equals(**arrow::Table::FromRecordBatches(batches)));
  EXPECT_EQ(batches_of(range("2024-03-01", "2024-04-01"), all_columns()).first, table);
  EXPECT_EQ(batches_of(all, {0, kClose}).first, nullptr);
  EXPECT_EQ(batches_of(day_, all_columns()).first, nullptr);
  EXPECT_EQ(batches_of({all.begin + 1s, all.end}, all_columns()).first, nullptr);
  EXPECT_EQ(batches_of(range("2024-04-01", "2024-04-02"), all_columns()).first, nullptr);
}

TEST_F(Touched, AnotherSnapshotAndStoreShareTheProofs) {
  EXPECT_EQ(read(store_, series_, day_).size(), 86'400U);
  const Store other{folder_.path(), files_};
  files_->take();
  EXPECT_EQ(read(other, series_, day_).size(), 86'400U);
  EXPECT_THAT(files_->take_names("read"), IsEmpty());
}

TEST_F(Touched, UseDoesNotUnproveAPartition) {
  files_->set_accessed(folder_.path() / "spot/data/BTCUSDT/1s/202403.arrow", at("2024-01-01"));
  Snapshot snapshot = store_.snapshot(series_, day_);
  EXPECT_THAT(snapshot.prove(day_, {kClose}, Verify::AUTO), IsEmpty());
  files_->take();
  store_.touch(snapshot, day_);
  EXPECT_EQ(files_->take_names("set_accessed").size(), 1U);
  Snapshot again = store_.snapshot(series_, day_);
  EXPECT_THAT(again.prove(day_, {kClose}, Verify::AUTO), IsEmpty());
  EXPECT_THAT(files_->take_names("read"), IsEmpty());
}

/// Of what the clock, the atime and the limits are the test's.
class Use : public Touched {
 protected:
  [[nodiscard]] std::filesystem::path path() const { return folder_.path() / "spot/data/BTCUSDT/1s/202403.arrow"; }
  /// The operations of a read, last used so long ago.
  std::vector<std::string> read_after(const Store& store, Duration ago) {
    real_files()->set_accessed(path(), now_ - ago);
    Snapshot snapshot = store.snapshot(series_, day_);
    files_->take();
    store.touch(snapshot, day_);
    std::vector<std::string> names;
    for (const Operation& operation : files_->take()) names.push_back(operation.what);
    return names;
  }
  [[nodiscard]] Timestamp used() const {
    return Timestamp{std::chrono::floor<Duration>(std::chrono::nanoseconds{real_files()->stat(path())->accessed_ns})};
  }

  const Timestamp now_ = at("2030-01-01T12:00:00");
  Store reader_{folder_.path(), files_, [this] { return now_; }};
};

TEST_F(Use, IsRecordedWhereThatIsAnHourOld) {
  EXPECT_THAT(read_after(reader_, 59min), IsEmpty());
  EXPECT_EQ(used(), now_ - 59min);
  EXPECT_THAT(read_after(reader_, 1h), Contains("set_accessed"));
  EXPECT_EQ(used(), now_);
  EXPECT_THAT(read_after(reader_, -2h), Contains("set_accessed")) << "by a clock that was wrong";
  EXPECT_EQ(used(), now_);
}

TEST_F(Use, IsNotRecordedOnAnOverlayWithoutALimit) {
  files_->become_overlay();
  EXPECT_THAT(read_after(reader_, 24h), ElementsAre("statfs"));
  EXPECT_THAT(read_after(reader_, 24h), IsEmpty()) << "it was asked what file system that is";
  EXPECT_EQ(used(), now_ - 24h);
  const Store limited{folder_.path(), files_, [this] { return now_; }, RecordUse::everywhere};
  EXPECT_THAT(read_after(limited, 24h), ElementsAre("stat", "set_accessed", "stat"));
  EXPECT_EQ(used(), now_);
}

TEST_F(Use, ThatCannotBeRecordedIsToldOnce) {
  files_->watch([](const Operation& operation) {
    if (operation.what == "set_accessed") throw FileError("set the access time of", operation.name, EPERM);
  });
  EXPECT_THAT(reader_.take_news(), IsEmpty());
  for (int i = 0; i < 2; ++i) (void)read_after(reader_, 24h);
  EXPECT_THAT(reader_.take_news(), ElementsAre(testing::HasSubstr("when the cache is read")));
  (void)read_after(reader_, 24h);
  EXPECT_THAT(reader_.take_news(), IsEmpty());
}

TEST_F(Touched, AFileSystemThatCannotSyncFoldersIsToldOnceAndUsed) {
  for (const int lack : {EINVAL, ENOTSUP}) {
    const auto files = std::make_shared<FakeFiles>([&](const Operation& operation) {
      if (operation.what == "sync_folder") throw FileError("fsync", operation.name, lack);
    });
    const TemporaryFolder folder;
    const Store store{folder.path(), files};
    const TimeRange days = range("2024-03-01", "2024-03-03");
    commit(store, series_, kMarch, {full(Origin::rest, days, kSecond)});
    EXPECT_EQ(read(store, series_, days).size(), 2 * 86'400U);
    EXPECT_THAT(store.take_news(), ElementsAre(testing::HasSubstr("cannot sync folders")));
    commit(store, series_, kMarch, {full(Origin::rest, days, kSecond, 2)}, Precedence::addition);
    EXPECT_TRUE(store.quarantine(series_, kMarch, "a test"));
    EXPECT_THAT(store.take_news(), IsEmpty());
  }
  const auto failing = std::make_shared<FakeFiles>([](const Operation& operation) {
    if (operation.what == "sync_folder") throw FileError("fsync", operation.name, EIO);
  });
  const TemporaryFolder folder;
  EXPECT_THROW(commit(Store{folder.path(), failing}, series_, kMarch, {full(Origin::rest, day_, kSecond)}), FileError);
}

TEST_F(Touched, LittleAtTheEndDoesNotReadTheBase) {
  static_cast<void>(store_.snapshot(series_, day_));
  files_->take();
  commit(store_, series_, kMarch, {full(Origin::rest, range("2024-03-05T00:00:00", "2024-03-05T00:05:00"), kSecond)});
  std::int64_t written = 0;
  for (const Operation& operation : files_->take()) {
    EXPECT_FALSE(operation.what == "read" && operation.name == "202403.arrow");
    if (operation.what == "write") written += operation.size;
  }
  EXPECT_LT(written, 100'000);
}

TEST_F(Touched, ACommitLocksWritesSyncsRenamesAndSyncsInThatOrder) {
  files_->take();
  commit(store_, series_, 2024y / 4, {full(Origin::rest, range("2024-04-01", "2024-04-02"), kSecond)});
  std::vector<std::string> steps;
  for (const Operation& operation : files_->take()) {
    const bool step = operation.what != "stat" && operation.what != "list" && operation.what != "fstat";
    if (step && (steps.empty() || steps.back() != operation.what)) steps.push_back(operation.what);
  }
  EXPECT_THAT(steps,
              ElementsAre("make_folders", "open_lock", "try_lock", "create", "write", "sync", "rename", "sync_folder"));
}

TEST_F(Touched, ManyMonthsAreFoundByOneLookAtTheFolder) {
  files_->take();
  EXPECT_EQ(store_.snapshot(series_, range("2000-01-01", "2026-01-01")).months().size(), 1U);
  EXPECT_LT(files_->take().size(), 12U);
}

TEST_F(Touched, StaleTemporariesOfTheMonthGoAndNoOthers) {
  const auto folder = folder_.path() / "spot/data/BTCUSDT/1s";
  put(folder / temporary_name(kMarch, Part::base, 1, 1), "half");
  put(folder / temporary_name(kMarch, Part::tail, 2, 7), "half");
  put(folder / temporary_name(2024y / 4, Part::base, 1, 1), "another is at it");
  commit(store_, series_, kMarch, {full(Origin::rest, range("2024-03-05T00:00:00", "2024-03-05T00:05:00"), kSecond)});
  EXPECT_THAT(files_below(folder), ElementsAre(".202404.arrow.1-1.tmp", "202403.arrow", "202403.tail.arrow"));
}

}  // namespace
}  // namespace klinekeep::store
