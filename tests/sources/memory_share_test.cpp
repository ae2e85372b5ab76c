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

constexpr std::int64_t kBlock = PageStock::kBlock;

/// Puts so many used blocks into a stock.
void use(PageStock& stock, std::int64_t blocks) {
  const auto size = static_cast<std::size_t>(blocks * kBlock);
  std::byte* const region = stock.make(size);
  stock.lay_out(region, 0, size);
  stock.end(region);
}

TEST(MemoryBudget, LetsTheStockKeepWhatTheLimitLeaves) {
  MemoryBudget budget{100 * kBlock};
  auto first = budget.share();
  const auto second = budget.share();
  EXPECT_EQ(first->stock(), second->stock());
  PageStock& stock = *first->stock();
  use(stock, 200);
  EXPECT_EQ(stock.kept(), 100 * kBlock);
  first->take(30 * kBlock, {});
  EXPECT_EQ(stock.kept(), 70 * kBlock);
  second->take(60 * kBlock, {}, 50 * kBlock);  // of which 50 are not touched yet
  EXPECT_EQ(stock.kept(), 60 * kBlock);
  second->take(60 * kBlock, {}, 20 * kBlock);
  EXPECT_EQ(stock.kept(), 30 * kBlock);
  budget.set_held(1000 * kBlock);
  EXPECT_EQ(stock.kept(), 0);
  budget.set_held(0);
  first.reset();
  use(stock, 100);
  EXPECT_EQ(stock.kept(), 60 * kBlock);
}

TEST(MemoryBudget, NothingIsKeptBeyondIt) {
  std::shared_ptr<PageStock> stock;
  {
    MemoryBudget budget{100 * kBlock};
    stock = budget.share()->stock();
    use(*stock, 10);
    EXPECT_EQ(stock->kept(), 10 * kBlock);
  }
  EXPECT_EQ(stock->kept(), 0);
  use(*stock, 10);
  EXPECT_EQ(stock->kept(), 0);
}

TEST(MemoryShare, WithoutABudgetHasAStockOfItsOwn) {
  std::shared_ptr<PageStock> stock;
  {
    const MemoryShare share;
    stock = share.stock();
    use(*stock, 3);
    EXPECT_EQ(stock->kept(), 3 * kBlock);
  }
  EXPECT_EQ(stock->kept(), 0);
}

TEST(MemoryShare, WithoutABudgetNeverWaits) {
  MemoryShare share;
  share.expect(1);
  EXPECT_TRUE(may_take(share, std::int64_t{1} << 60));
}

}  // namespace
}  // namespace klinekeep::sources
