#include "sources/parallel.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <stdexcept>
#include <thread>
#include <vector>

#include "threads.hpp"

namespace klinekeep::sources {
namespace {

TEST(RunParallel, RunsEachJobOnce) {
  for (const int width : {-1, 0, 1, 2, 7, 100}) {
    for (const std::size_t count : {0U, 1U, 2U, 50U}) {
      std::vector<std::atomic<int>> ran(count);
      run_parallel(count, width, {}, [&](std::size_t i, const std::stop_token&) { ++ran[i]; });
      for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(ran[i], 1) << i << " of " << count << " at " << width;
    }
  }
}

TEST(RunParallel, OfWidthOneRunsInOrderOnTheCallersThread) {
  std::vector<std::size_t> order;
  const auto caller = std::this_thread::get_id();
  run_parallel(20, 1, {}, [&](std::size_t i, const std::stop_token&) {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    order.push_back(i);
  });
  ASSERT_EQ(order.size(), 20U);
  EXPECT_TRUE(std::ranges::is_sorted(order));
}

TEST(RunParallel, RunsAllJobsWhereThreadsRunOut) {
  if (!kThreadsCanRunOut) GTEST_SKIP() << "a sanitizer is in the way";
  const auto run_a_hundred = [] {
    leave_room_for_few_threads();
    std::atomic<int> ran = 0;
    run_parallel(100, 100, {}, [&](std::size_t, const std::stop_token&) { ++ran; });
    ::_exit(ran == 100 ? 0 : 1);
  };
  EXPECT_EXIT(run_a_hundred(), testing::ExitedWithCode(0), "");
}

TEST(RunParallel, RunsAsManyAtATimeAsItsWidth) {
  std::barrier all_of_them{4};  // would wait for ever if only three ran side by side
  run_parallel(8, 4, {}, [&](std::size_t, const std::stop_token&) { all_of_them.arrive_and_wait(); });
}

TEST(RunParallel, RunsNoMoreAtATimeThanItsWidth) {
  std::atomic<int> running = 0;
  std::atomic<int> most = 0;
  run_parallel(200, 3, {}, [&](std::size_t, const std::stop_token&) {
    const int now = ++running;
    for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
    }
    std::this_thread::yield();
    --running;
  });
  EXPECT_LE(most, 3);
  EXPECT_GE(most, 1);
}

TEST(RunParallel, ThrowsWhatAJobThrewAndBeginsNoMore) {
  std::atomic<int> began = 0;
  EXPECT_THROW(run_parallel(1000, 1, {},
                            [&](std::size_t i, const std::stop_token&) {
                              ++began;
                              if (i == 3) throw std::runtime_error("three");
                            }),
               std::runtime_error);
  EXPECT_EQ(began, 4);
}

TEST(RunParallel, StopsTheRunningJobsWhenOneThrows) {
  std::atomic<int> began = 0;
  std::atomic<int> saw_stop = 0;
  try {
    run_parallel(4, 4, {}, [&](std::size_t i, const std::stop_token& stop) {
      ++began;
      if (i == 0) {
        while (began < 4) std::this_thread::yield();
        throw std::runtime_error("zero");
      }
      while (!stop.stop_requested()) std::this_thread::yield();
      ++saw_stop;
    });
    FAIL() << "nothing was thrown";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "zero");
  }
  EXPECT_EQ(saw_stop, 3);
}

TEST(RunParallel, ThrowsTheFirstOfManyErrors) {
  std::barrier all{3};
  try {
    run_parallel(3, 3, {}, [&](std::size_t i, const std::stop_token& stop) {
      all.arrive_and_wait();
      while (i != 1 && !stop.stop_requested()) std::this_thread::yield();
      throw std::runtime_error(std::to_string(i));
    });
    FAIL() << "nothing was thrown";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "1");
  }
}

TEST(RunParallel, BeginsNothingAfterAStop) {
  std::stop_source source;
  source.request_stop();
  std::atomic<int> began = 0;
  run_parallel(10, 3, source.get_token(), [&](std::size_t, const std::stop_token&) { ++began; });
  EXPECT_EQ(began, 0);
}

TEST(RunParallel, ShowsTheRunningJobsAStop) {
  std::stop_source source;
  std::atomic<int> began = 0;
  run_parallel(100, 2, source.get_token(), [&](std::size_t i, const std::stop_token& stop) {
    ++began;
    if (i == 0) source.request_stop();
    while (!stop.stop_requested()) std::this_thread::yield();
  });
  EXPECT_LE(began, 2);
}

}  // namespace
}  // namespace klinekeep::sources
