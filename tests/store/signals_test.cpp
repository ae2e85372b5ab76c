// Signals that interrupt the machine's own operations change nothing: a storm of them, by a timer whose handler does
// not let the kernel take calls up again.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>

#include "klinekeep/unified_cache_manager.hpp"
#include "store/support.hpp"

namespace klinekeep::store {
namespace {

using namespace std::chrono_literals;

// Any thread may be the one that is interrupted, Arrow's too: hence atomics, which a handler may use as they have no
// lock.
std::atomic<int> signals = 0;
std::atomic<int> let_go = -1;  // closed by the hundredth signal
static_assert(std::atomic<int>::is_always_lock_free);

void on_alarm(int /*number*/) {
  const int interrupted = errno;
  if (++signals == 100) ::close(let_go);
  errno = interrupted;
}

class Storm {
 public:
  Storm() {
    signals = 0;
    struct sigaction action{};
    action.sa_handler = on_alarm;
    ::sigaction(SIGALRM, &action, &before_);
    const itimerval each{{0, 200}, {0, 200}};
    ::setitimer(ITIMER_REAL, &each, nullptr);
  }
  Storm(const Storm&) = delete;
  Storm& operator=(const Storm&) = delete;
  ~Storm() {
    const itimerval none{};
    ::setitimer(ITIMER_REAL, &none, nullptr);
    ::sigaction(SIGALRM, &before_, nullptr);
  }

 private:
  struct sigaction before_{};
};

TEST(Signals, DoNotEndTheWaitForALock) {
  const TemporaryFolder folder;
  const auto path = folder.path() / ".lock";
  std::array<int, 2> ready{};
  std::array<int, 2> hold{};
  ASSERT_EQ(::pipe2(ready.data(), O_CLOEXEC), 0);
  ASSERT_EQ(::pipe2(hold.data(), O_CLOEXEC), 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::close(hold[1]);
    const auto lock = real_files()->open_lock(path);
    lock->lock(7);
    char byte = 0;
    if (::write(ready[1], &byte, 1) != 1) ::_exit(1);
    ::_exit(::read(hold[0], &byte, 1) == 0 ? 0 : 1);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  let_go = hold[1];
  {
    const Storm storm;
    const auto lock = real_files()->open_lock(path);
    lock->lock(7);
    EXPECT_GE(signals, 100);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
  for (const int fd : {ready[0], ready[1], hold[0]}) ::close(fd);
}

TEST(Signals, DoNotHarmCommitsAndReads) {
  const TemporaryFolder folder;
  const Interval hour = Interval::HOUR_1;
  const Series series = series_of(hour);
  const Month march = 2024y / 3;
  const Store store{folder.path()};
  const Timestamp begin = range_of(march).begin;
  const Storm storm;
  let_go = -1;
  int commits = 0;
  while (commits < 40 || signals < 100) {
    const Timestamp from = begin + std::chrono::hours{commits++ % 744};
    commit(store, series, march, {full(Origin::rest, {from, from + 1h}, hour)});
  }
  const TimeRange all{begin, begin + std::chrono::hours{std::min(commits, 744)}};
  EXPECT_TRUE(same(read(store, series, all, kAny, false, Verify::always), candles_in(all, hour)));
  for (const CacheFinding& finding : UnifiedCacheManager{folder.path()}.validate()) ADD_FAILURE() << finding.what;
}

}  // namespace
}  // namespace klinekeep::store
