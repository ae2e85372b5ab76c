// Signals that interrupt the machine's own operations change nothing: storms of them, with a handler that does not let
// the kernel take calls up again.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>

#include "klinekeep/unified_cache_manager.hpp"
#include "store/lock.hpp"
#include "store/support.hpp"

namespace klinekeep::store {
namespace {

using namespace std::chrono_literals;

// Any thread may be the one that is interrupted, Arrow's too: hence an atomic, which a handler may use as it has no
// lock.
std::atomic<int> signals = 0;
static_assert(std::atomic<int>::is_always_lock_free);

/// Counts signals, as long as it lives.
class Counted {
 public:
  Counted() {
    signals = 0;
    struct sigaction action{};
    action.sa_handler = [](int /*number*/) { ++signals; };
    ::sigaction(SIGALRM, &action, &before_);
  }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { ::sigaction(SIGALRM, &before_, nullptr); }

 private:
  struct sigaction before_{};
};

class Storm {
 public:
  Storm() {
    const itimerval each{{0, 200}, {0, 200}};
    ::setitimer(ITIMER_REAL, &each, nullptr);
  }
  Storm(const Storm&) = delete;
  Storm& operator=(const Storm&) = delete;
  ~Storm() {
    const itimerval none{};
    ::setitimer(ITIMER_REAL, &none, nullptr);
  }

 private:
  Counted counted_;
};

/// The holder itself disturbs who waits for it. How many signals are seen is the machine's affair: those that come
/// while one is pending are one, and ThreadSanitizer keeps them until the wait is over.
TEST(Signals, DoNotEndTheWaitForALock) {
  const TemporaryFolder folder;
  const auto path = folder.path() / ".lock";
  const Counted counted;
  std::array<int, 2> ready{};
  ASSERT_EQ(::pipe2(ready.data(), O_CLOEXEC), 0);
  const pid_t waiting = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) {
    const auto lock = real_files()->open_lock(path);
    if (!lock->try_lock(7)) ::_exit(1);
    char byte = 0;
    if (::write(ready[1], &byte, 1) != 1) ::_exit(1);
    for (int sent = 0; sent < 20'000; ++sent) {
      ::kill(waiting, SIGALRM);
      ::sched_yield();
    }
    ::_exit(0);
  }
  char byte = 0;
  while (::read(ready[0], &byte, 1) < 0) ASSERT_EQ(errno, EINTR);
  const auto held = lock(Directory{real_files(), Layout{folder.path()}, system_now}, path, 7, "a trial", {});
  int status = 0;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
  EXPECT_GE(signals, 1);
  for (const int fd : ready) ::close(fd);
}

TEST(Signals, DoNotHarmCommitsAndReads) {
  const TemporaryFolder folder;
  const Interval hour = Interval::HOUR_1;
  const Series series = series_of(hour);
  const Month march = 2024y / 3;
  const Store store{folder.path()};
  const Timestamp begin = range_of(march).begin;
  const Storm storm;
  int commits = 0;
  while (commits < 40 || signals < 100) {
    const Timestamp from = begin + std::chrono::hours{commits++ % 744};
    commit(store, series, march, {full(Origin::rest, {from, from + 1h}, hour)});
  }
  const TimeRange all{begin, begin + std::chrono::hours{std::min(commits, 744)}};
  EXPECT_TRUE(same(read(store, series, all, kAny, false, Verify::ALWAYS), candles_in(all, hour)));
  for (const CacheFinding& finding : UnifiedCacheManager{folder.path()}.validate()) ADD_FAILURE() << finding.what;
}

}  // namespace
}  // namespace klinekeep::store
