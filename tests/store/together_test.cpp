// Threads and processes at one directory.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "klinekeep/unified_cache_manager.hpp"
#include "store/fake_files.hpp"
#include "store/names.hpp"
#include "store/support.hpp"

namespace klinekeep::store {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;

const Interval kMinute = Interval::MINUTE_1;
const TimeRange kMonth = range_of(kMarch);

TimeRange hour(int index) {
  const Timestamp begin = kMonth.begin + std::chrono::hours{index};
  return {begin, begin + 1h};
}

class Together : public testing::Test {
 protected:
  void expect_all(int hours) const {
    const Store store{folder_.path()};
    const TimeRange all{kMonth.begin, kMonth.begin + std::chrono::hours{hours}};
    EXPECT_TRUE(same(read(store, series_, kMonth, kAny, false, Verify::ALWAYS), candles_in(all, kMinute)));
    EXPECT_EQ(known(store, series_, kMonth).present, RangeSet{all});
    for (const CacheFinding& finding : UnifiedCacheManager{folder_.path()}.validate()) ADD_FAILURE() << finding.what;
  }

  TemporaryFolder folder_;
  Series series_ = series_of(kMinute);
};

TEST_F(Together, ProcessesThatCommitAtOnceLoseNothing) {
  constexpr int kProcesses = 4;
  constexpr int kEach = 12;
  std::vector<pid_t> children;
  for (int child = 0; child < kProcesses; ++child) {
    const pid_t pid = ::fork();
    ASSERT_GE(pid, 0);
    if (pid == 0) {
      const Store store{folder_.path()};
      for (int i = 0; i < kEach; ++i)
        commit(store, series_, kMarch, {full(Origin::rest, hour(i * kProcesses + child), kMinute)});
      ::_exit(testing::Test::HasFailure() ? 1 : 0);
    }
    children.push_back(pid);
  }
  for (const pid_t pid : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(pid, &status, 0), pid);
    EXPECT_EQ(status, 0);
  }
  expect_all(kProcesses * kEach);
}

TEST_F(Together, StoresOfOneProcessLoseNothing) {
  constexpr int kEach = 20;
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 2; ++thread) {
    threads.emplace_back([this, thread] {
      const Store store{folder_.path()};
      for (int i = 0; i < kEach; ++i)
        commit(store, series_, kMarch, {full(Origin::rest, hour(i * 2 + thread), kMinute)});
    });
  }
  threads.clear();
  expect_all(2 * kEach);
}

TEST_F(Together, ReadersSeeAWholePrefixWhileTailsAreWrittenAndFolded) {
  const auto files = std::make_shared<FakeFiles>();
  const Store store{folder_.path(), files};
  commit(store, series_, kMarch, {full(Origin::rest, hour(0), kMinute)});
  std::atomic<bool> done = false;
  std::jthread writer{[&] {
    for (int minute = 60; minute < 1200; minute += 3) {
      const Timestamp begin = kMonth.begin + std::chrono::minutes{minute};
      commit(store, series_, kMarch, {full(Origin::rest, {begin, begin + 3min}, kMinute)});
    }
    done = true;
  }};
  std::size_t last = 60;
  std::size_t reads = 0;
  while (!done) {
    const auto [snapshot, damages] = proven(store, series_, kMonth);
    ASSERT_THAT(snapshot.damages(), IsEmpty());
    ASSERT_THAT(damages, IsEmpty());
    const Candles rows = candles_of(snapshot.rows(kMonth, kAny, all_columns(), false));
    const TimeRange prefix{kMonth.begin, kMonth.begin + std::chrono::minutes{rows.size()}};
    ASSERT_EQ(snapshot.known(kAny).present, RangeSet{prefix});
    ASSERT_TRUE(same(rows, candles_in(prefix, kMinute)));
    ASSERT_GE(rows.size(), last);
    last = rows.size();
    ++reads;
  }
  EXPECT_GT(reads, 0U);
  writer.join();
  EXPECT_EQ(read(store, series_, kMonth).size(), 1200U);
}

TEST_F(Together, ASnapshotIsAsItWasTaken) {
  const Store store{folder_.path()};
  commit(store, series_, kMarch, {full(Origin::rest, hour(0), kMinute)});
  Snapshot before = store.snapshot(series_, kMonth);
  EXPECT_THAT(before.prove(kMonth, all_columns(), Verify::AUTO), IsEmpty());
  commit(store, series_, kMarch, {full(Origin::rest, hour(0), kMinute, 2)}, Precedence::addition);
  EXPECT_TRUE(same(candles_of(before.rows(kMonth, kAny, all_columns(), false)), candles_in(hour(0), kMinute)));
  EXPECT_TRUE(same(read(store, series_, kMonth), candles_in(hour(0), kMinute, 2)));
}

TEST_F(Together, WhatIsReplacedBeforeItIsProvenIsOpenedAnewAndNoDamage) {
  const Store store{folder_.path()};
  commit(store, series_, kMarch, {full(Origin::rest, hour(0), kMinute)});
  Snapshot before = store.snapshot(series_, kMonth);
  commit(store, series_, kMarch, {full(Origin::rest, hour(0), kMinute, 2)}, Precedence::addition);
  const auto replaced = before.prove(kMonth, all_columns(), Verify::AUTO);
  ASSERT_THAT(replaced, testing::SizeIs(1));
  EXPECT_TRUE(replaced.front().is_replaced);
  EXPECT_TRUE(same(read(store, series_, kMonth), candles_in(hour(0), kMinute, 2)));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "spot/quarantine"));
}

TEST_F(Together, ATailThatIsFoldedBetweenTheTwoOpensDoesNotCount) {
  const auto files = std::make_shared<FakeFiles>();
  const Store store{folder_.path(), files};
  commit(store, series_, kMarch, {full(Origin::daily, range("2024-03-01", "2024-03-03"), kMinute)});
  commit(store, series_, kMarch, {full(Origin::rest, range("2024-03-03T00:00:00", "2024-03-03T00:10:00"), kMinute)});
  bool folded = false;
  files->watch([&](const Operation& operation) {
    if (folded || operation.what != "stat" || operation.name != "202403.arrow") return;
    folded = true;
    const Store other{folder_.path()};
    commit(other, series_, kMarch, {full(Origin::rest, range("2024-03-03T00:00:00", "2024-03-04"), kMinute, 2)},
           Precedence::addition);
  });
  const Candles rows = read(store, series_, range("2024-03-03", "2024-03-04"));
  EXPECT_TRUE(folded);
  EXPECT_TRUE(same(rows, candles_in(range("2024-03-03", "2024-03-04"), kMinute, 2)));
}

TEST_F(Together, AWaitingLeaseSaysSo) {
  const auto files = std::make_shared<FakeFiles>();
  const Store store{folder_.path(), files};
  auto held = std::make_unique<Lease>(store.lease(series_, {kMarch}, {}));
  int tries = 0;
  files->watch([&](const Operation& operation) {
    if (operation.what == "try_lock" && ++tries == 2) held.reset();
  });
  const Lease second = store.lease(series_, {kMarch}, {});
  EXPECT_TRUE(second.waited());
  EXPECT_EQ(tries, 2);
}

TEST_F(Together, ALeaseDiesWithItsHolder) {
  const Store store{folder_.path()};
  const pid_t pid = ::fork();
  ASSERT_GE(pid, 0);
  if (pid == 0) {
    const Lease lease = store.lease(series_, {kMarch}, {});
    ::_exit(0);  // without letting go
  }
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_FALSE(store.lease(series_, {kMarch}, {}).waited());
}

}  // namespace
}  // namespace klinekeep::store
