// Memory that runs out at each allocation in its turn: it is told, and does not end the process. A program of its own,
// as it is the program's `new` that fails.

#include <gtest/gtest.h>

#include <fstream>
#include <new>
#include <string>

#include "store/files.hpp"
#include "store/memory_limit.hpp"
#include "store/support.hpp"

namespace klinekeep::store {
namespace {

class Memory : public testing::TestWithParam<Shortage> {
 protected:
  /// Calls `work` with memory for 0, 1, 2 … allocations, until that is enough for all of it.
  template <class Work>
  void run_out(const Work& work) {
    for (int allocations = 0;; ++allocations) {
      bool is_told = false;
      MemoryLimit limit{allocations, GetParam()};
      try {
        work();
      } catch (const std::bad_alloc&) {
        is_told = true;
      } catch (const CacheError&) {
        is_told = true;
      }
      if (!limit.lift()) {
        EXPECT_FALSE(is_told);
        EXPECT_GT(allocations, 0) << "it needs no memory, and so shows nothing";
        return;
      }
    }
  }

  TemporaryFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(, Memory, testing::Values(Shortage::once, Shortage::for_good),
                         [](const auto& each) { return each.param == Shortage::once ? "Once" : "ForGood"; });

TEST_P(Memory, ThatRunsOutInAListingIsTold) {
  for (int i = 0; i < 40; ++i) {
    std::ofstream{folder_.path() /
                  ("a name that is longer than fifteen bytes " + std::string(3 * static_cast<std::size_t>(i), 'x'))};
  }
  run_out([&] { (void)real_files()->list(folder_.path()); });
}

TEST_P(Memory, ThatRunsOutAsALockIsTakenIsToldAndHoldsNothing) {
  const auto path = folder_.path() / "a lock whose name is longer than fifteen bytes";
  run_out([&] { (void)real_files()->open_lock(path)->try_lock(7); });
  EXPECT_TRUE(real_files()->open_lock(path)->try_lock(7));
}

TEST_P(Memory, ThatRunsOutAsFoldersAreMadeIsTold) {
  const auto made =
      folder_.path() / "a folder with a name that is longer" / "than fifteen bytes" / "and another one in it";
  run_out([&] { (void)real_files()->make_folders(made); });
  EXPECT_TRUE(std::filesystem::is_directory(made));
}

}  // namespace
}  // namespace klinekeep::store
