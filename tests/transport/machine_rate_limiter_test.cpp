#include "transport/machine_rate_limiter.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <thread>

#include "transport/fakes.hpp"
#include "transport/temporary_folder.hpp"
#include "transport/variable.hpp"

namespace klinekeep::transport {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
namespace fs = std::filesystem;

const std::string kHost = "https://api.test:443";
const std::string kOther = "https://fapi.test:443";

struct Granted {
  Timestamp at;
  Duration waited{0};
};
struct Refused {
  enum class Kind { too_long, cancelled };
  Kind kind;
  Timestamp until{};
  bool paused = false;
  bool banned = false;
  Duration waited{0};
};

class MachineRateLimiterTest : public testing::Test {
 protected:
  /// Asks until leave is granted, or is more than two minutes away from the first time.
  tl::expected<Granted, Refused> acquire(RateLimiter& limiter, const std::string& host, int weight, int limit,
                                         const std::stop_token& stop) {
    std::optional<Timestamp> began;
    while (!stop.stop_requested()) {
      const Leave leave = limiter.ask(host, weight, limit);
      if (!began) began = leave.at;
      const Duration waited = leave.at - *began;
      if (!leave.not_before) return Granted{leave.at, waited};
      if (*leave.not_before - *began > 120s) {
        return tl::make_unexpected(
            Refused{Refused::Kind::too_long, *leave.not_before, leave.paused, leave.banned, waited});
      }
      sleeper_->sleep(*leave.not_before - leave.at, stop, [](bool) {});
    }
    return tl::make_unexpected(Refused{.kind = Refused::Kind::cancelled});
  }

  /// A limiter as another process would have it: nothing shared but the folder.
  std::unique_ptr<MachineRateLimiter> process(fs::path directory) {
    return std::make_unique<MachineRateLimiter>(RateLimiterOptions{
        .clock = time_.clock(), .directory = std::move(directory), .states = std::make_shared<RateStates>()});
  }
  std::unique_ptr<MachineRateLimiter> process() { return process(folder_.path()); }

  /// Requests of this weight that are granted before the first has to wait.
  int granted_at_once(RateLimiter& limiter, int weight, int limit, const std::string& host = kHost) {
    std::stop_source stop;
    sleeper_->on_sleep = [&] { stop.request_stop(); };
    int granted = 0;
    while (acquire(limiter, host, weight, limit, stop.get_token())) ++granted;
    sleeper_->on_sleep = {};
    return granted;
  }
  void write_state(std::string_view bytes) const {
    std::ofstream file{folder_.path() / rate_file_name(kHost), std::ios::binary | std::ios::trunc};
    file << bytes;
  }

  TemporaryFolder folder_;
  FakeTime time_;
  std::shared_ptr<FakeSleeper> sleeper_ = std::make_shared<FakeSleeper>(time_);
};

TEST_F(MachineRateLimiterTest, GrantsTheShareOfAMinuteAndThenWaitsForTheNext) {
  const auto limiter = process();
  time_.pass(10s);
  for (int i = 0; i < 30; ++i) {
    const auto granted = acquire(*limiter, kHost, 2, 100, {});
    ASSERT_TRUE(granted);
    EXPECT_EQ(granted->at, kNoon + 10s);
    EXPECT_EQ(granted->waited, 0s);
  }
  const auto granted = acquire(*limiter, kHost, 2, 100, {});
  ASSERT_TRUE(granted);
  EXPECT_EQ(granted->at, kNoon + 60s);
  EXPECT_EQ(granted->waited, 50s);
  EXPECT_THAT(sleeper_->slept(), ElementsAre(50s));
  EXPECT_EQ(granted_at_once(*limiter, 2, 100), 29);
  EXPECT_EQ(limiter->note(), std::nullopt);
}

TEST_F(MachineRateLimiterTest, KeepsABudgetForEachHost) {
  const auto limiter = process();
  EXPECT_EQ(granted_at_once(*limiter, 1, 100), 60);
  EXPECT_EQ(granted_at_once(*limiter, 1, 100, kOther), 60);
  EXPECT_EQ(granted_at_once(*limiter, 1, 100), 0);
}

TEST_F(MachineRateLimiterTest, ProcessesShareABudget) {
  const auto a = process();
  const auto b = process();
  ASSERT_TRUE(acquire(*a, kHost, 20, 100, {}));
  ASSERT_TRUE(acquire(*b, kHost, 20, 100, {}));
  EXPECT_EQ(granted_at_once(*a, 10, 100), 2);
  EXPECT_EQ(granted_at_once(*b, 10, 100), 0);
}

TEST_F(MachineRateLimiterTest, ARequestAboveTheBudgetGoesAsTheFirstOfAMinute) {
  const auto limiter = process();
  ASSERT_TRUE(acquire(*limiter, kHost, 40, 10, {}));
  const auto second = acquire(*limiter, kHost, 40, 10, {});
  ASSERT_TRUE(second);
  EXPECT_EQ(second->at, kNoon + 60s);
}

TEST_F(MachineRateLimiterTest, HearsWhatTheExchangeHasCountedAndNeverCountsLess) {
  const auto limiter = process();
  const auto granted = acquire(*limiter, kHost, 30, 100, {});
  limiter->observe(kHost, granted->at, 5);
  EXPECT_EQ(granted_at_once(*process(), 1, 100), 30);
  time_.pass(1min);
  const auto later = acquire(*limiter, kHost, 1, 100, {});
  limiter->observe(kHost, later->at, 50);
  EXPECT_EQ(granted_at_once(*process(), 1, 100), 10);
}

TEST_F(MachineRateLimiterTest, ACountThatMayBeOfTheMinuteBeforeIsIgnored) {
  const auto limiter = process();
  const auto granted = acquire(*limiter, kHost, 1, 100, {});
  time_.pass(1min);
  limiter->observe(kHost, granted->at, 60);
  EXPECT_EQ(granted_at_once(*limiter, 1, 100), 60);
}

TEST_F(MachineRateLimiterTest, GivesUpWhenOthersUseTheBudgetForTwoMinutes) {
  const auto limiter = process();
  const auto other = process();
  EXPECT_EQ(granted_at_once(*other, 1, 100), 60);
  sleeper_->on_wake = [&] { ASSERT_TRUE(acquire(*other, kHost, 60, 100, {})); };
  const Timestamp before = time_.now();
  const auto refused = acquire(*limiter, kHost, 1, 100, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, Refused::Kind::too_long);
  EXPECT_FALSE(refused.error().paused);
  EXPECT_EQ(refused.error().until, before + 180s);
  EXPECT_EQ(refused.error().waited, 120s);
}

TEST_F(MachineRateLimiterTest, APauseHoldsAllProcessesAndRequestsWithoutWeight) {
  const auto a = process();
  const auto b = process();
  ASSERT_TRUE(acquire(*b, kHost, 1, 100, {}));
  a->pause(kHost, kNoon + 70s, PauseReason::rate_limit);
  a->pause(kHost, kNoon + 30s, PauseReason::ban);  // ends before: nothing new
  const auto granted = acquire(*b, kHost, 0, 0, {});
  ASSERT_TRUE(granted);
  EXPECT_EQ(granted->waited, 70s);
  EXPECT_TRUE(acquire(*b, kOther, 0, 0, {}));
}

TEST_F(MachineRateLimiterTest, APauseAbove120SecondsIsRefusedAtOnce) {
  const auto a = process();
  const auto b = process();
  a->pause(kHost, kNoon + 121s, PauseReason::ban);
  const auto refused = acquire(*b, kHost, 1, 100, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, Refused::Kind::too_long);
  EXPECT_EQ(refused.error().until, kNoon + 121s);
  EXPECT_TRUE(refused.error().paused);
  EXPECT_TRUE(refused.error().banned);
  EXPECT_THAT(sleeper_->slept(), IsEmpty());
  time_.pass(1s);
  EXPECT_TRUE(acquire(*b, kHost, 1, 100, {}));
  EXPECT_THAT(sleeper_->slept(), ElementsAre(120s));
}

TEST_F(MachineRateLimiterTest, NoPauseIsLongerThanThreeDays) {
  const auto limiter = process();
  limiter->pause(kHost, Timestamp::max(), PauseReason::ban);
  EXPECT_EQ(acquire(*limiter, kHost, 1, 100, {}).error().until, kNoon + 72h);
}

TEST_F(MachineRateLimiterTest, AStopEndsAWait) {
  const auto limiter = process();
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(acquire(*limiter, kHost, 1, 100, stop.get_token()).error().kind, Refused::Kind::cancelled);
  std::stop_source later;
  limiter->pause(kHost, kNoon + 5s, PauseReason::rate_limit);
  sleeper_->on_sleep = [&] { later.request_stop(); };
  EXPECT_EQ(acquire(*limiter, kHost, 1, 100, later.get_token()).error().kind, Refused::Kind::cancelled);
}

TEST_F(MachineRateLimiterTest, ALearntLimitReplacesTheCallers) {
  const auto limiter = process();
  limiter->learn_limit(kHost, 10);
  limiter->learn_limit(kHost, 0);
  limiter->learn_limit(kHost, -5);
  EXPECT_EQ(granted_at_once(*limiter, 1, 6000), 6);
  EXPECT_EQ(granted_at_once(*limiter, 1, 100, kOther), 60);
}

TEST_F(MachineRateLimiterTest, AClockSetBackStartsAnewInsteadOfWaiting) {
  const auto limiter = process();
  EXPECT_EQ(granted_at_once(*limiter, 1, 100), 60);
  limiter->pause(kHost, kNoon + 60s, PauseReason::ban);
  time_.set_clock(kNoon - 100h);
  EXPECT_EQ(granted_at_once(*limiter, 1, 100), 60);
}

TEST_F(MachineRateLimiterTest, RubbishInTheFileCountsAsNothingAndIsReplaced) {
  const std::string record = format_rate_state({28'508'400, 59, 0, kNoon + 1h, PauseReason::ban});
  for (const std::string& bytes : {std::string{}, std::string{"x"}, std::string(100'000, 'x'), std::string(128, '\0'),
                                   record.substr(0, 100), record + record}) {
    write_state(bytes);
    const auto limiter = process();
    EXPECT_EQ(granted_at_once(*limiter, 1, 100), 60);
    EXPECT_EQ(limiter->note(), std::nullopt);
    EXPECT_EQ(fs::file_size(folder_.path() / rate_file_name(kHost)), kRateRecordSize);
    EXPECT_EQ(granted_at_once(*process(), 1, 100), 0) << "a whole record again";
  }
}

TEST_F(MachineRateLimiterTest, AFileThatIsLostCostsOnlyWhatOthersHaveCounted) {
  const auto a = process();
  ASSERT_TRUE(acquire(*a, kHost, 50, 100, {}));
  fs::remove(folder_.path() / rate_file_name(kHost));
  EXPECT_EQ(granted_at_once(*a, 1, 100), 10);
}

TEST_F(MachineRateLimiterTest, RequestsWithoutWeightLeaveNoFile) {
  ASSERT_TRUE(acquire(*process(), kHost, 0, 0, {}));
  EXPECT_TRUE(fs::is_empty(folder_.path()));
}

// Where the file cannot be trusted or used, the budget is the process's own and a note says so.
class Unusable : public MachineRateLimiterTest {
 protected:
  void expect_own_budget(const fs::path& directory, const char* why) {
    const auto a = process(directory);
    EXPECT_EQ(granted_at_once(*a, 1, 100), 60);
    EXPECT_EQ(granted_at_once(*process(directory), 1, 100), 60);
    a->pause(kHost, kNoon + 200s, PauseReason::ban);
    EXPECT_FALSE(acquire(*a, kHost, 1, 100, {}));
    ASSERT_TRUE(a->note());
    EXPECT_THAT(*a->note(), HasSubstr("is not shared with other processes"));
    EXPECT_THAT(*a->note(), HasSubstr(why));
  }
  fs::path file() const { return folder_.path() / rate_file_name(kHost); }
};

TEST_F(Unusable, FolderThatCannotBeMade) {
  std::ofstream{folder_.path() / "file"} << "x";
  expect_own_budget(folder_.path() / "file" / "below", "file");
  expect_own_budget(folder_.path() / "file", "not a folder");
}

TEST_F(Unusable, FolderThatOthersMayEnter) {
  ASSERT_EQ(::chmod(folder_.path().c_str(), 0755), 0);
  expect_own_budget(folder_.path(), "not a folder of this user alone");
}

TEST_F(Unusable, FolderOfAnotherUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a folder away";
  ASSERT_EQ(::chown(folder_.path().c_str(), 12345, 12345), 0);
  expect_own_budget(folder_.path(), "not a folder of this user alone");
}

TEST_F(Unusable, LinkInThePlaceOfTheFolder) {
  const TemporaryFolder elsewhere;
  fs::create_directory_symlink(elsewhere.path(), folder_.path() / "link");
  expect_own_budget(folder_.path() / "link", "not a folder");
  EXPECT_TRUE(fs::is_empty(elsewhere.path()));
}

TEST_F(Unusable, LinkInThePlaceOfTheFile) {
  const TemporaryFolder elsewhere;
  std::ofstream{elsewhere.path() / "target"} << "precious";
  fs::create_symlink(elsewhere.path() / "target", file());
  expect_own_budget(folder_.path(), "a link");
  EXPECT_EQ(fs::file_size(elsewhere.path() / "target"), 8U);
}

TEST_F(Unusable, FileOfAnotherUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  write_state(format_rate_state({28'508'400, 60, 0, {}, {}}));
  ASSERT_EQ(::chown(file().c_str(), 12345, 12345), 0);
  expect_own_budget(folder_.path(), "not a file of this user");
}

TEST_F(Unusable, PipeOrFolderInThePlaceOfTheFile) {
  ASSERT_EQ(::mkfifo(file().c_str(), 0600), 0);
  expect_own_budget(folder_.path(), "not a file of this user");
  fs::remove(file());
  fs::create_directory(file());
  expect_own_budget(folder_.path(), rate_file_name(kHost).c_str());
}

TEST_F(Unusable, LockThatAnotherProcessDoesNotLetGo) {
  write_state("");
  const int held = ::open(file().c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(::flock(held, LOCK_EX), 0);
  const auto limiter = process();
  EXPECT_TRUE(acquire(*limiter, kHost, 50, 100, {}));
  ASSERT_TRUE(limiter->note());
  EXPECT_THAT(*limiter->note(), HasSubstr("locked by another process"));
  ::close(held);
  EXPECT_TRUE(acquire(*limiter, kHost, 1, 100, {}));
  EXPECT_EQ(granted_at_once(*process(), 1, 100), 9) << "what was counted alone is shared again";
}

TEST_F(MachineRateLimiterTest, TheFolderIsTheUsersRuntimeFolderOrAPrivateOneUnderTmp) {
  const Variable usable{"XDG_RUNTIME_DIR", folder_.path().c_str()};
  EXPECT_EQ(find_rate_directory(), folder_.path() / "klinekeep");
  EXPECT_EQ(fs::status(folder_.path() / "klinekeep").permissions(), fs::perms::owner_all);
  ::chmod((folder_.path() / "klinekeep").c_str(), 0777);
  const fs::path own = "/tmp/klinekeep-" + std::to_string(::geteuid());
  EXPECT_EQ(find_rate_directory(), own);
  for (const char* value : {"", "relative", "/nowhere/at/all"}) {
    const Variable unusable{"XDG_RUNTIME_DIR", value};
    EXPECT_EQ(find_rate_directory(), own) << value;
  }
}

TEST_F(MachineRateLimiterTest, LimitersOfOneProcessShareWhereTheFileCannotBeUsed) {
  const auto states = std::make_shared<RateStates>();
  RateLimiterOptions options{.clock = time_.clock(), .directory = "/proc/nowhere", .states = states};
  MachineRateLimiter a{options};
  MachineRateLimiter b{options};
  EXPECT_EQ(granted_at_once(a, 1, 100), 60);
  EXPECT_EQ(granted_at_once(b, 1, 100), 0);
}

TEST_F(MachineRateLimiterTest, ThreadsTogetherNeverGetMoreThanTheBudget) {
  const auto limiter = process();
  std::stop_source stop;
  sleeper_->on_sleep = [&] { stop.request_stop(); };
  std::atomic<int> granted = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        while (acquire(*limiter, kHost, 2, 1000, stop.get_token())) ++granted;
      });
    }
  }
  EXPECT_EQ(granted, 300);
}

/// Runs `work` in a child process; its result, at most 255, is the exit code.
template <typename Work>
pid_t fork_child(Work work) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(work());
  return child;
}

TEST_F(MachineRateLimiterTest, ProcessesTogetherGetExactlyTheBudget) {
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) {
    children.push_back(fork_child([&] { return granted_at_once(*process(), 2, 500); }));
  }
  int granted = 0;
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    granted += WEXITSTATUS(status);
  }
  EXPECT_EQ(granted, 150);
}

TEST_F(MachineRateLimiterTest, AProcessKilledAtAnyInstantLeavesAFileThatIsWhole) {
  for (int round = 0; round < 10; ++round) {
    int ready[2];
    ASSERT_EQ(::pipe(ready), 0);
    const pid_t child = fork_child([&] {
      const auto limiter = process();
      for (int i = 0;; ++i) {
        static_cast<void>(acquire(*limiter, kHost, 1, 1'000'000'000, {}));
        if (i == 3) static_cast<void>(!::write(ready[1], "x", 1));
      }
      return 0;
    });
    char byte = 0;
    ASSERT_EQ(::read(ready[0], &byte, 1), 1);
    for (int i = 0; i < round; ++i) std::this_thread::yield();
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ::close(ready[0]);
    ::close(ready[1]);
    const auto file = RateFile::open(folder_.path(), kHost, RateFile::Access::look);
    ASSERT_TRUE(file && *file) << "and its lock is free";
    EXPECT_TRUE((*file)->read());
  }
}

}  // namespace
}  // namespace klinekeep::transport
