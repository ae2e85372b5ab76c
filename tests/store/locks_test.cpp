// Who waits for whom, how long, and how it ends: with processes that are stopped, killed and forked, and time that
// passes by itself.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <future>

#include "klinekeep/unified_cache_manager.hpp"
#include "store/fake_files.hpp"
#include "store/fake_pace.hpp"
#include "store/inventory.hpp"
#include "store/lock.hpp"
#include "store/names.hpp"
#include "store/refused_calls.hpp"
#include "store/support.hpp"

namespace klinekeep::store {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const Interval kHour = Interval::HOUR_1;
const TimeRange kDay = range("2024-03-01", "2024-03-02");
const TimeRange kNextDay = range("2024-03-02", "2024-03-03");

class Locks : public testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path lock_path() const { return Layout{folder_.path()}.lock(series_); }
  [[nodiscard]] std::filesystem::path lease_path() const {
    return Layout{folder_.path()}.lease_lock(market_of(series_));
  }

  /// Another's lock, as another process would hold it.
  [[nodiscard]] static std::unique_ptr<LockFile> held(const std::filesystem::path& path, std::int64_t byte) {
    std::filesystem::create_directories(path.parent_path());
    auto lock = real_files()->open_lock(path);
    EXPECT_TRUE(lock->try_lock(byte));
    return lock;
  }
  [[nodiscard]] static bool is_free(const std::filesystem::path& path, std::int64_t byte) {
    return real_files()->open_lock(path)->try_lock(byte);
  }
  [[nodiscard]] Store store(const std::shared_ptr<Pace>& pace) const {
    return Store{folder_.path(), real_files(), system_now, RecordUse::where_cheap, pace};
  }
  [[nodiscard]] Waiting listening() {
    return {.stop = stop_.get_token(), .tell = [this](const std::string& sentence) { told_.push_back(sentence); }};
  }
  /// Runs `act` in a child, which is then waited for.
  template <class Act>
  static int in_a_child(const Act& act) {
    const pid_t pid = ::fork();
    if (pid == 0) ::_exit(act() ? 0 : 1);
    int status = -1;
    ::waitpid(pid, &status, 0);
    return status;
  }
  CommitResult commit_a_day(const Store& to, const TimeRange& day) {
    const Addition addition = full(Origin::rest, day, kHour);
    return to.commit(series_, kMarch, {&addition}, Precedence::committed, listening());
  }

  TemporaryFolder folder_;
  Series series_ = series_of(kHour);
  std::stop_source stop_;
  std::vector<std::string> told_;
};

TEST_F(Locks, AStoppedHolderIsWaitedForThirtySecondsAndThenFetchedBeside) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    const Lease lease = Store{folder_.path()}.lease(series_, {kMarch, 2024y / 4}, {});
    ::raise(SIGSTOP);
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, WUNTRACED), pid);
  ASSERT_TRUE(WIFSTOPPED(status));
  const auto pace = std::make_shared<FakePace>();
  {
    const Lease lease = store(pace).lease(series_, {kMarch, 2024y / 4}, listening());
    EXPECT_TRUE(lease.waited());
  }
  EXPECT_GE(pace->now(), 30s);
  EXPECT_LT(pace->now(), 31s) << "once for all that he holds";
  EXPECT_THAT(told_, ElementsAre("waiting: another process fetches BTCUSDT 1h of 2024-03",
                                 "waited in vain: who fetches BTCUSDT 1h of 2024-03 and 1 more has shown no sign of "
                                 "work for 30 seconds, so it is fetched here too"));
  ::kill(pid, SIGKILL);
  ::waitpid(pid, &status, 0);
}

TEST_F(Locks, AHolderThatWorksIsWaitedForHoweverLong) {
  auto other = held(lease_path(), fetch_byte(series_, kMarch));
  auto next_beat = 5s;
  const auto pace = std::make_shared<FakePace>([&](std::chrono::nanoseconds waited) {
    if (waited >= 2min) {
      other.reset();
    } else if (waited >= next_beat) {
      other->beat(beat_slot(fetch_byte(series_, kMarch)));
      next_beat += 5s;
    }
  });
  const Lease lease = store(pace).lease(series_, {kMarch}, listening());
  EXPECT_TRUE(lease.waited());
  EXPECT_GE(pace->now(), 2min);
  EXPECT_FALSE(is_free(lease_path(), fetch_byte(series_, kMarch))) << "it is ours now";
}

/// Lets a holder's heart beat `times` times at once.
class QuickHeart final : public Pace {
 public:
  explicit QuickHeart(int times) : left_(times) {}
  [[nodiscard]] std::chrono::nanoseconds now() const override { return {}; }
  void pause(std::chrono::milliseconds time, const std::stop_token& stop) override {
    EXPECT_EQ(time, 5s);
    may_beat_.wait();
    if (left_-- > 0) return;
    all_.set_value();
    real_pace()->pause(1h, stop);
  }
  /// Begins, with all that is held by now.
  void beat() {
    go_.set_value();
    all_.get_future().wait();
  }

 private:
  int left_;
  std::promise<void> go_;
  std::shared_future<void> may_beat_ = go_.get_future().share();
  std::promise<void> all_;
};

TEST_F(Locks, AHolderShowsThatItWorksForEachOfItsMonths) {
  const auto pace = std::make_shared<QuickHeart>(7);
  const Lease lease = store(pace).lease(series_, {kMarch, 2024y / 4}, {});
  pace->beat();
  const auto file = real_files()->open_lock(lease_path());
  EXPECT_GE(file->beat_of(beat_slot(fetch_byte(series_, kMarch))), 7U);
  EXPECT_GE(file->beat_of(beat_slot(fetch_byte(series_, 2024y / 4))), 7U);
}

TEST_F(Locks, ACommitWaitsForTenSecondsAndThenSaysWhy) {
  const auto other = held(lock_path(), commit_byte(kMarch));
  const auto pace = std::make_shared<FakePace>();
  try {
    commit_a_day(store(pace), kDay);
    FAIL();
  } catch (const CacheError& error) {
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr("BTCUSDT 1h of 2024-03 for 10 seconds"), HasSubstr("nothing was written")));
  }
  EXPECT_GE(pace->now(), 10s);
  EXPECT_LT(pace->now(), 11s);
  EXPECT_THAT(told_, ElementsAre("waiting: another process writes BTCUSDT 1h of 2024-03"));
}

TEST_F(Locks, ACommitGoesOnAsSoonAsItMay) {
  auto other = held(lock_path(), commit_byte(kMarch));
  const auto pace = std::make_shared<FakePace>([&](std::chrono::nanoseconds waited) {
    if (waited > 500ms) other.reset();
  });
  EXPECT_TRUE(commit_a_day(store(pace), kDay).wrote);
  EXPECT_THAT(told_, IsEmpty());
}

TEST_F(Locks, OneStopEndsEachWait) {
  commit_a_day(Store{folder_.path()}, kDay);
  std::vector<std::unique_ptr<LockFile>> others;
  others.push_back(held(lock_path(), commit_byte(kMarch)));
  others.push_back(held(lock_path(), kFactsByte));
  others.push_back(held(lease_path(), fetch_byte(series_, kMarch)));
  others.push_back(held(Layout{folder_.path()}.usage_lock(), 0));
  others.push_back(held(Layout{folder_.path()}.catalogue_lock(market_of(series_)), 0));
  const auto pace = std::make_shared<FakePace>([&](std::chrono::nanoseconds) { stop_.request_stop(); });
  const Store ours = store(pace);
  const auto expect_stopped = [&](const std::function<void()>& act) {
    stop_ = {};
    EXPECT_THROW(act(), Cancelled);
  };
  expect_stopped([&] { commit_a_day(ours, kNextDay); });
  expect_stopped([&] { (void)ours.lease(series_, {kMarch}, listening()); });
  expect_stopped([&] { ours.quarantine(series_, kMarch, "a trial", listening()); });
  expect_stopped([&] { (void)ours.keep_within({.max_bytes = 1, .max_age = {}}, 1, listening()); });
  expect_stopped([&] {
    const auto facts = [](SeriesFacts) {
      return SeriesFacts{.before_first = {},
                         .after_last = {},
                         .daily_files = ListedFiles{kDay.begin, {}, kAsked},
                         .monthly_files = {}};
    };
    ours.change_facts(series_, facts, listening());
  });
  expect_stopped([&] {
    const Directory directory{real_files(), Layout{folder_.path()}, system_now, RecordUse::where_cheap, pace};
    (void)take_stock(directory, {}, Catalogued::is_nothing, Saving::must, listening());
  });
}

TEST_F(Locks, AReaderThatMeetsDamageWaitsForNobody) {
  commit_a_day(Store{folder_.path()}, kDay);
  const auto path = Layout{folder_.path()}.partition({series_, kMarch, Part::base});
  const std::string good = bytes_of(path);
  const auto other = held(lock_path(), commit_byte(kMarch));
  const auto pace = std::make_shared<FakePace>();
  const Store ours = store(pace);
  std::string values = good;
  values[values.size() / 2] ^= 1;
  put(path, values);
  Snapshot snapshot = ours.snapshot(series_, kDay);
  const std::vector<Damage> damages = snapshot.prove(kDay, all_columns(), Verify::AUTO);
  ASSERT_THAT(damages, SizeIs(1));
  EXPECT_THAT(damages[0].kept_because, HasSubstr("another process is writing"));
  put(path, good.substr(0, 1'000));
  const Snapshot again = ours.snapshot(series_, kDay);
  EXPECT_THAT(again.damages(), SizeIs(1));
  EXPECT_THAT(again.months(), IsEmpty());
  EXPECT_TRUE(std::filesystem::exists(path));
  EXPECT_EQ(pace->now(), 0s);
}

TEST_F(Locks, AForkedChildHoldsNoneOfItsDeadParentsLocks) {
  std::array<int, 2> ready{};
  std::array<int, 2> hold{};
  ASSERT_EQ(::pipe2(ready.data(), O_CLOEXEC), 0);
  ASSERT_EQ(::pipe2(hold.data(), O_CLOEXEC), 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    const auto lock = held(lock_path(), commit_byte(kMarch));
    const Lease lease = Store{folder_.path()}.lease(series_, {kMarch}, {});
    char byte = 0;
    if (::fork() == 0) {  // lives on until the test lets go
      ::close(hold[1]);
      if (::write(ready[1], &byte, 1) == 1) (void)!::read(hold[0], &byte, 1);
      ::_exit(0);
    }
    ::pause();
    ::_exit(0);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  EXPECT_FALSE(is_free(lock_path(), commit_byte(kMarch)));
  ::kill(parent, SIGKILL);
  ::waitpid(parent, nullptr, 0);
  EXPECT_TRUE(is_free(lock_path(), commit_byte(kMarch)));
  EXPECT_TRUE(is_free(lease_path(), fetch_byte(series_, kMarch)));
  for (const int fd : {ready[0], ready[1], hold[0], hold[1]}) ::close(fd);
}

TEST_F(Locks, AForkedChildLetsGoOfNoneOfItsParentsLocks) {
  auto lock = held(lock_path(), commit_byte(kMarch));
  EXPECT_EQ(in_a_child([&] {
              const bool is_refused = !is_free(lock_path(), commit_byte(kMarch));
              lock.reset();
              return is_refused && !is_free(lock_path(), commit_byte(kMarch));
            }),
            0);
  EXPECT_FALSE(is_free(lock_path(), commit_byte(kMarch)));
}

/// At each operation of a commit the folder is removed, lock and all, and another writer commits to a new one.
TEST_F(Locks, TwoWritersNeverCommitAtOnceThoughTheFolderIsRemoved) {
  const Store other{folder_.path()};
  for (const std::string at_operation : {"open_lock", "try_lock", "create", "write", "sync", "rename", "sync_folder"}) {
    std::filesystem::remove_all(folder_.path() / "spot");
    bool is_done = false;
    const auto files = std::make_shared<FakeFiles>();
    const Store ours{folder_.path(), files};
    files->watch([&](const Operation& operation) {
      const bool is_of_the_folder = operation.what != "sync_folder" || operation.name == "1h";
      if (is_done || operation.what != at_operation || !is_of_the_folder) return;
      is_done = true;
      std::filesystem::remove_all(lock_path().parent_path());
      commit_a_day(other, kNextDay);
    });
    (void)commit_a_day(ours, kDay);
    EXPECT_TRUE(is_done) << at_operation;
    EXPECT_EQ(known(other, series_, range_of(kMarch)).present, (RangeSet{{kDay.begin, kNextDay.end}})) << at_operation;
    EXPECT_THAT(UnifiedCacheManager{folder_.path()}.validate(), IsEmpty()) << at_operation;
  }
}

TEST_F(Locks, ALockOfARemovedFileIsTakenAnew) {
  const Directory directory{real_files(), Layout{folder_.path()}, system_now};
  const auto old = held(lock_path(), commit_byte(kMarch));
  std::filesystem::remove(lock_path());
  EXPECT_FALSE(old->is_at_its_path());
  const auto fresh = try_lock(directory, lock_path(), commit_byte(kMarch));
  ASSERT_NE(fresh, nullptr);
  EXPECT_TRUE(fresh->is_at_its_path());
  EXPECT_EQ(try_lock(directory, lock_path(), commit_byte(kMarch)), nullptr);
}

TEST_F(Locks, AFileSystemWithoutLocksIsToldOnceAndWorkedOn) {
  EXPECT_EQ(in_a_child([&] {
              if (!refuse_call(SYS_fcntl, EINVAL, F_OFD_SETLK)) return false;
              const Store ours{folder_.path()};
              commit_a_day(ours, kDay);
              const bool is_told = ours.take_news().size() == 1;
              commit_a_day(ours, kNextDay);
              const Lease lease = ours.lease(series_, {kMarch}, {});
              const bool is_told_once = ours.take_news().empty();
              const auto lock = real_files()->open_lock(lock_path());
              const bool excludes_threads = lock->try_lock(7) && !is_free(lock_path(), 7) && is_free(lock_path(), 8);
              return is_told && is_told_once && excludes_threads;
            }),
            0);
  EXPECT_EQ(read(Store{folder_.path()}, series_, range_of(kMarch)).size(), 48U);
}

}  // namespace
}  // namespace klinekeep::store
