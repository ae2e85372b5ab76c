#include "sources/memory_share.hpp"

#include <gtest/gtest.h>

#include <future>

#include "klinekeep/errors.hpp"

namespace klinekeep::sources {
namespace {

/// Whether `share` may take so much now: who would have to wait is stopped at once.
bool may_take(MemoryShare& share, std::int64_t bytes) {
  std::stop_source stopped;
  stopped.request_stop();
  try {
    share.take(bytes, stopped.get_token());
    return true;
  } catch (const Cancelled&) {
    return false;
  }
}

TEST(MemoryBudget, GivesWhatThereIs) {
  MemoryBudget budget{100};
  const auto first = budget.share();
  const auto second = budget.share();
  EXPECT_TRUE(may_take(*first, 60));
  EXPECT_TRUE(may_take(*second, 40));
  EXPECT_FALSE(may_take(*second, 41));
  EXPECT_TRUE(may_take(*first, 50));
  EXPECT_TRUE(may_take(*second, 50));
}

TEST(MemoryBudget, KeepsFreeWhatTheFirstStillExpects) {
  MemoryBudget budget{100};
  const auto first = budget.share();
  const auto second = budget.share();
  first->expect(70);
  EXPECT_FALSE(may_take(*second, 31));
  EXPECT_TRUE(may_take(*second, 30));
  EXPECT_TRUE(may_take(*first, 70));
  second->expect(1000);  // of one that is not the first it does not count
  EXPECT_TRUE(may_take(*first, 70));
}

TEST(MemoryBudget, CountsWhatIsHeldElsewhere) {
  MemoryBudget budget{100};
  const auto first = budget.share();
  budget.set_held(80);
  EXPECT_FALSE(may_take(*first, 21));
  budget.set_held(0);
  EXPECT_TRUE(may_take(*first, 100));
}

TEST(MemoryBudget, GivesTheFirstWhatItTakesOnceItIsWaitedFor) {
  MemoryBudget budget{100};
  auto first = budget.share();
  const auto second = budget.share();
  budget.set_held(1000);
  budget.set_first_is_waited_for(true);
  EXPECT_TRUE(may_take(*first, 500));
  EXPECT_FALSE(may_take(*second, 1));
  first.reset();
  EXPECT_TRUE(may_take(*second, 1));
}

TEST(MemoryBudget, WakesWhoWaitsWhenSomethingIsGivenBack) {
  MemoryBudget budget{100};
  auto first = budget.share();
  const auto second = budget.share();
  first->take(100, {});
  auto waiting = std::async(std::launch::async, [&] { second->take(40, {}); });
  first->take(60, {});
  waiting.get();  // would never end
  auto more = std::async(std::launch::async, [&] { second->take(100, {}); });
  first.reset();
  more.get();
}

TEST(MemoryBudget, LetsAStopEndTheWait) {
  MemoryBudget budget{100};
  const auto first = budget.share();
  budget.set_held(100);
  std::stop_source source;
  auto waiting = std::async(std::launch::async, [&] { first->take(1, source.get_token()); });
  source.request_stop();
  EXPECT_THROW(waiting.get(), Cancelled);
}

TEST(MemoryShare, WithoutABudgetNeverWaits) {
  MemoryShare share;
  share.expect(1);
  EXPECT_TRUE(may_take(share, std::int64_t{1} << 60));
}

}  // namespace
}  // namespace klinekeep::sources
