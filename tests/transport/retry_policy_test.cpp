#include "transport/retry_policy.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <thread>

#include "transport/fakes.hpp"

namespace klinekeep::transport {
namespace {

using namespace std::chrono_literals;

TEST(RetryPolicy, JudgesEveryStatus) {
  for (int status = 100; status < 1000; ++status) {
    Verdict expected = status >= 500 && status < 600 ? Verdict::transient : Verdict::answer;
    if (status == 429) expected = Verdict::rate_limited;
    if (status == 418) expected = Verdict::banned;
    EXPECT_EQ(judge(status), expected) << status;
  }
}

TEST(RetryPolicy, BackOffIsJitteredBetweenZeroAndADoublingBoundWithACap) {
  const RetryPolicy policy{.first_backoff = 500ms, .longest_backoff = 8s};
  const Duration bounds[] = {500ms, 1s, 2s, 4s, 8s, 8s, 8s};
  for (int retry = 0; retry < 7; ++retry) {
    EXPECT_EQ(backoff(policy, retry, 0.0), 0s);
    EXPECT_EQ(backoff(policy, retry, 0.5), bounds[retry] / 2);
    EXPECT_LE(backoff(policy, retry, 0.999999), bounds[retry]);
    EXPECT_GT(backoff(policy, retry, 0.999999), bounds[retry] - 1ms);
  }
  EXPECT_EQ(backoff(policy, 1'000'000, 0.5), 4s);
}

TEST(RetryPolicy, AnAbsurdBanInABodyIsNoBan) {
  for (const char* until : {"0", "-1", "99999999999999999999999", "253402300800000", "x", ""}) {
    EXPECT_EQ(pause_asked({418, {}}, std::string{"banned until "} + until, kNoon), 180s) << until;
  }
  EXPECT_EQ(pause_asked({418, {}}, "banned until 253402300799999", kNoon), kLongestPause);
  EXPECT_EQ(pause_asked({418, {}}, "banned until 1000", kNoon), 1s);
}

// A request that moves above the floor speed never runs out; one that drips or stands still does, soon after its total.
TEST(TimeBudget, IsSpentByTimeAndEarnedByBytes) {
  constexpr std::int64_t kFloor = 64 * 1024;
  TimeBudget steady{30s, kFloor};
  for (int second = 0; second < 1600; ++second) {  // 100 MB
    steady.spend(1s);
    steady.earn(kFloor);
  }
  EXPECT_EQ(steady.left(), 30s);

  TimeBudget drip{30s, kFloor};
  int seconds = 0;
  for (; !drip.used_up(); ++seconds) {
    drip.spend(1s);
    drip.earn(1024);
  }
  EXPECT_EQ(seconds, 31);

  TimeBudget stall{30s, kFloor};
  stall.earn(100'000'000);
  stall.spend(29s);
  EXPECT_EQ(stall.left(), 1s) << "what came before does not pay for a stall";
  stall.spend(2s);
  EXPECT_TRUE(stall.used_up());
  EXPECT_EQ(stall.left(), 0s);
}

TEST(TimeBudget, LosesWhatWasEarnedInVain) {
  constexpr std::int64_t kFloor = 64 * 1024;
  TimeBudget budget{30s, kFloor};
  budget.begin_attempt();
  budget.spend(2s);
  budget.earn(100 * kFloor);
  EXPECT_EQ(budget.left(), 30s);
  budget.end_in_vain();
  EXPECT_EQ(budget.left(), 28s);
  budget.spend(3s);  // a back-off

  budget.begin_attempt();
  for (int second = 0; second < 60; ++second) {
    budget.spend(1s);
    budget.earn(kFloor);
  }
  budget.end_in_vain();
  EXPECT_EQ(budget.left(), 15s) << "one that moved well costs a third of the whole at most";

  budget.begin_attempt();
  budget.spend(14s);
  budget.earn(kFloor);
  budget.end_in_vain();
  EXPECT_EQ(budget.left(), 2s) << "but never less than it lost";

  budget.begin_attempt();
  budget.spend(5s);
  EXPECT_TRUE(budget.used_up());
  budget.end_in_vain();
  EXPECT_EQ(budget.left(), 0s);
}

TEST(TimeBudget, TakesAnyNumberOfBytes) {
  TimeBudget budget{30s, 64 * 1024};
  budget.spend(20s);
  budget.earn(1);
  EXPECT_EQ(budget.left(), 10s + 15us);
  budget.earn(std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(budget.left(), 30s);
  budget.spend(Duration::max());
  EXPECT_TRUE(budget.used_up());
}

}  // namespace
}  // namespace klinekeep::transport
