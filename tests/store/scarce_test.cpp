// Descriptors, mappings and memory that run out.

#include <arrow/record_batch.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <new>

#include "store/fake_files.hpp"
#include "store/names.hpp"
#include "store/registry.hpp"
#include "store/support.hpp"
#include "store/writer.hpp"

namespace klinekeep::store {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr int kMonths = 40;
const Month kFirst = 2020y / 1;
const TimeRange kAll{range_of(kFirst).begin, range_of(kFirst + std::chrono::months{kMonths}).begin};

/// A cache of some years of days.
class Scarce : public testing::Test {
 protected:
  Scarce() {
    for (int i = 0; i < kMonths; ++i) {
      const Month month = kFirst + std::chrono::months{i};
      commit(store_, series_, month, {full(Origin::monthly, range_of(month), Interval::DAY_1)});
    }
    Registry::of_process().drop_idle();
    files_->take();
  }

  [[nodiscard]] std::filesystem::path path(Month month) const {
    return Layout{folder_.path()}.partition({series_, month, Part::base});
  }

  TemporaryFolder folder_;
  std::shared_ptr<FakeFiles> files_ = std::make_shared<FakeFiles>();
  Store store_{folder_.path(), files_};
  Series series_ = series_of(Interval::DAY_1);
};

TEST_F(Scarce, AMappedPartitionHoldsNoDescriptor) {
  files_->allow(1, kMonths);
  const auto [snapshot, damages] = proven(store_, series_, kAll);
  EXPECT_THAT(damages, IsEmpty());
  EXPECT_EQ(files_->open_now(), 0);
  EXPECT_EQ(files_->mapped_now(), kMonths);
  EXPECT_TRUE(same(candles_of(snapshot.rows(kAll, kAny, all_columns(), false)), candles_in(kAll, Interval::DAY_1)));
}

TEST_F(Scarce, IdleMappingsAreGivenBackWhenTheyRunOut) {
  files_->allow(1, 3);
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < kMonths; ++i) {
      const TimeRange month = range_of(kFirst + std::chrono::months{i});
      ASSERT_TRUE(same(read(store_, series_, month), candles_in(month, Interval::DAY_1)));
    }
  }
  EXPECT_LE(files_->mapped_now(), 3);
}

TEST_F(Scarce, WhatRanOutIsNamedAndIsNoDamage) {
  files_->allow(1, kMonths - 1);
  try {
    (void)store_.snapshot(series_, kAll);
    FAIL() << "more mappings than there may be";
  } catch (const CacheError& error) {
    EXPECT_TRUE(ran_out(error));
    EXPECT_THAT(error.what(), HasSubstr("vm.max_map_count"));
  }
  files_->allow(0, kMonths);
  try {
    (void)store_.snapshot(series_, kAll);
    FAIL() << "more open files than there may be";
  } catch (const CacheError& error) {
    EXPECT_TRUE(ran_out(error));
    EXPECT_THAT(error.what(), HasSubstr("ulimit -n"));
  }
  files_->allow(1, kMonths);
  EXPECT_TRUE(same(read(store_, series_, kAll), candles_in(kAll, Interval::DAY_1)));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "spot/quarantine"));
}

TEST_F(Scarce, DescriptorsThatRunOutInAProofAreNoDamage) {
  Snapshot snapshot = store_.snapshot(series_, kAll);
  files_->allow(0, kMonths);
  EXPECT_THROW((void)snapshot.prove(kAll, all_columns(), Verify::AUTO), FileError);
  files_->allow(1, kMonths);
  EXPECT_THAT(snapshot.prove(kAll, all_columns(), Verify::AUTO), IsEmpty());
}

/// What takes a descriptor, in reading and in committing.
class TakesADescriptor : public Scarce, public testing::WithParamInterface<const char*> {};

TEST_P(TakesADescriptor, AndIsTriedAgainWithoutWhatIsIdleAnywhereInTheProcess) {
  bool is_idle = true;
  const IdleKeeper keeper{[&] { is_idle = false; }};
  files_->watch([&](const Operation& operation) {
    if (operation.what == GetParam() && is_idle) throw FileError(operation.what, operation.name, EMFILE);
  });
  const Month next = kFirst + std::chrono::months{kMonths};
  EXPECT_TRUE(same(read(store_, series_, kAll), candles_in(kAll, Interval::DAY_1)));
  commit(store_, series_, next, {full(Origin::monthly, range_of(next), Interval::DAY_1)});
  (void)store_.facts(series_);
  (void)files_->list(folder_.path());
  EXPECT_FALSE(is_idle) << "nothing of the kind was done";
  files_->watch({});
  EXPECT_TRUE(same(read(store_, series_, range_of(next)), candles_in(range_of(next), Interval::DAY_1)));
}

INSTANTIATE_TEST_SUITE_P(Scarce, TakesADescriptor,
                         testing::Values("open", "create", "list", "open_lock", "sync_folder"));

TEST_F(Scarce, ACacheThatCannotBeWrittenIsKnownBeforeAnythingIsWritten) {
  store_.check_writable(series_, kFirst);
  for (const char* const what : {"open_lock", "create"}) {
    files_->watch([&](const Operation& operation) {
      if (operation.what == what) throw FileError(operation.what, operation.name, EROFS);
    });
    EXPECT_THROW(store_.check_writable(series_, kFirst), CacheError) << what;
  }
  files_->watch({});
  const auto before = files_->list(path(kFirst).parent_path());
  store_.check_writable(series_, kFirst);
  EXPECT_EQ(files_->list(path(kFirst).parent_path()), before);
}

TEST_F(Scarce, MemoryThatRunsOutIsAskedForAgainAndIsNoDamage) {
  int failures = 1;
  files_->watch([&](const Operation& operation) {
    if (operation.what == "map" && failures-- > 0) throw std::bad_alloc{};
  });
  EXPECT_THAT(read(store_, series_, range_of(kFirst)),
              testing::Truly([](const Candles& rows) { return rows.size() == 31; }));
  Registry::of_process().drop_idle();
  failures = 2;
  EXPECT_THROW((void)store_.snapshot(series_, kAll), std::bad_alloc);
  failures = 0;
  EXPECT_TRUE(same(read(store_, series_, kAll), candles_in(kAll, Interval::DAY_1)));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "spot/quarantine"));
}

TEST_F(Scarce, WhatIsProvenIsNotProvenAgainWhenItIsMappedAgain) {
  (void)read(store_, series_, kAll);
  Registry::of_process().drop_idle();
  ASSERT_EQ(files_->mapped_now(), 0);
  files_->take();
  EXPECT_TRUE(same(read(store_, series_, kAll), candles_in(kAll, Interval::DAY_1)));
  const auto done = files_->take();
  const auto is = [](const char* what) { return [what](const Operation& each) { return each.what == what; }; };
  EXPECT_EQ(std::ranges::count_if(done, is("map")), kMonths);
  EXPECT_EQ(std::ranges::count_if(done, is("read")), 2 * kMonths) << "more than the footers";
  std::filesystem::last_write_time(path(kFirst), std::filesystem::file_time_type::clock::now());
  EXPECT_TRUE(same(read(store_, series_, range_of(kFirst)), candles_in(range_of(kFirst), Interval::DAY_1)));
  EXPECT_THAT(files_->take_names("read"), SizeIs(2 + kSchema.size()))
      << "another mtime: another file, as far as one can tell";
}

TEST_F(Scarce, WhatAnAnswerHoldsIsNotMappedTwice) {
  std::vector<std::shared_ptr<arrow::RecordBatch>> answer;
  {
    const auto [snapshot, damages] = proven(store_, series_, kAll);
    answer = snapshot.rows(kAll, kAny, all_columns(), false);
  }
  Registry::of_process().drop_idle();
  EXPECT_EQ(files_->mapped_now(), kMonths);
  files_->allow(1, kMonths);
  EXPECT_TRUE(same(read(store_, series_, kAll), candles_of(answer)));
}

TEST_F(Scarce, MappingsAndProofsAreBounded) {
  constexpr std::size_t kMappings = 5;
  constexpr std::size_t kProofs = 10;
  Registry registry{kMappings, kProofs};
  const auto open = [&](int i) {
    const PartitionKey key{series_, kFirst + std::chrono::months{i}, Part::base};
    return registry.open(files_, path(key.month), key).partition;
  };
  for (int i = 0; i < kMonths; ++i) EXPECT_FALSE(open(i)->prove(0, 1, all_columns(), Verify::AUTO));
  EXPECT_EQ(registry.size(), kMappings);
  EXPECT_EQ(files_->mapped_now(), static_cast<int>(kMappings));
  const auto reads_columns = [&](int i) {
    files_->take();
    EXPECT_FALSE(open(i)->prove(0, 1, all_columns(), Verify::AUTO));
    return files_->take_names("read").size() > 2;
  };
  EXPECT_FALSE(reads_columns(kMonths - 1)) << "still mapped";
  EXPECT_FALSE(reads_columns(kMonths - 8)) << "its proof outlived its mapping";
  EXPECT_TRUE(reads_columns(0)) << "its proof was forgotten";
}

TEST_F(Scarce, WhatWasFoundDamagedStaysRefusedWhenItIsMappedAgain) {
  (void)read(store_, series_, range_of(kFirst));
  const std::string good = bytes_of(path(kFirst));
  const auto when = std::filesystem::last_write_time(path(kFirst));
  {
    std::fstream file{path(kFirst), std::ios::in | std::ios::out | std::ios::binary};  // behind the clock
    file.seekp(static_cast<std::streamoff>(good.size() / 2));
    file.put(static_cast<char>(good[good.size() / 2] ^ 1));
  }
  std::filesystem::last_write_time(path(kFirst), when);
  put(folder_.path() / "spot/quarantine", "a file where the folder should be");
  {
    Snapshot snapshot = store_.snapshot(series_, range_of(kFirst));
    ASSERT_THAT(snapshot.prove(range_of(kFirst), all_columns(), Verify::ALWAYS), SizeIs(1));
  }
  Registry::of_process().drop_idle();
  EXPECT_THAT(store_.snapshot(series_, range_of(kFirst)).months(), IsEmpty());
}

/// Files that nobody syncs, so that many are made quickly.
void write_month(const Layout& layout, const Series& series, Month month) {
  const Interval interval = series.interval;
  Content content;
  content.rows = candles_in({interval.ceil(range_of(month).begin), range_of(month).end}, interval);
  content.coverage.answered = {{Origin::monthly, Trust::verified, range_of(month), kAsked}};
  const PartitionKey key{series, month, Part::base};
  write_partition(*real_files()->create(layout.partition(key)), key, content.rows, content.coverage);
}

TEST(Mappings, MoreMonthsThanThisMachineMapsAtOnceAreReadInTurn) {
  if (std::getenv("KLINEKEEP_MAPPINGS") == nullptr)
    GTEST_SKIP() << "`make reliability` runs it: it writes 65,630 files";
  int limit = 0;
  std::ifstream{"/proc/sys/vm/max_map_count"} >> limit;
  if (limit > 70'000) GTEST_SKIP() << "vm.max_map_count is " << limit << ": so many files would take too long";
  const TemporaryFolder folder;
  const Layout layout{folder.path()};
  const Series series = series_of(Interval::MONTH_1);
  const Month first = 1000y / 1;
  const Month last = first + std::chrono::months{limit + 100};
  real_files()->make_folders(layout.series_folder(series));
  for (Month month = first; month < last; month += std::chrono::months{1}) write_month(layout, series, month);

  const Store store{folder.path()};
  const auto read_in_turn = [&] {
    constexpr std::chrono::months kStep{5'000};
    for (Month month = first; month < last; month += kStep) {
      const TimeRange some{range_of(month).begin, range_of(std::min(month + kStep, last)).begin};
      ASSERT_TRUE(same(read(store, series, some), candles_in(some, series.interval)));
    }
  };
  read_in_turn();
  try {
    (void)store.snapshot(series, {range_of(first).begin, range_of(last).begin});
    ADD_FAILURE() << "more mappings than there may be";
  } catch (const CacheError& error) {
    EXPECT_TRUE(ran_out(error)) << error.what();
    EXPECT_THAT(error.what(), HasSubstr("vm.max_map_count"));
  }
  read_in_turn();
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "spot/quarantine"));
}

}  // namespace
}  // namespace klinekeep::store
