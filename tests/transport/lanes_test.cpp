#include "transport/lanes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace klinekeep::transport {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class LanesTest : public testing::Test {
 protected:
  /// Enters as `name`; it stands in `entered_` once it has a place, in `stopped_` when it has none.
  void enter(const std::string& name, const int& run, const std::stop_token& stop = {}, const std::string& host = "a") {
    lanes_.enter(host, &run, kFirst, stop, [this, name](std::optional<Lanes::Place> place) {
      if (!place) return stopped_.push_back(name);
      entered_.push_back(name);
      places_.push_back(*std::move(place));
    });
  }
  void end_first() {
    const Lanes::Place ended = std::move(places_.front());
    places_.pop_front();
  }

  static constexpr int kFirst = 2;
  Lanes lanes_;
  int one_ = 0;
  int other_ = 0;
  std::vector<std::string> entered_;
  std::vector<std::string> stopped_;
  std::list<Lanes::Place> places_;
};

TEST_F(LanesTest, WhoComesWhenAllPlacesAreTakenWaitsForOneToEnd) {
  for (const char* name : {"1", "2", "3", "4"}) enter(name, one_);
  EXPECT_THAT(entered_, ElementsAre("1", "2"));
  end_first();
  EXPECT_THAT(entered_, ElementsAre("1", "2", "3"));
  end_first();
  end_first();
  EXPECT_THAT(entered_, SizeIs(4));
}

TEST_F(LanesTest, HostsDoNotWaitForEachOther) {
  for (const char* name : {"1", "2", "3"}) enter(name, one_);
  enter("b", one_, {}, "b");
  EXPECT_THAT(entered_, ElementsAre("1", "2", "b"));
}

TEST_F(LanesTest, RunsTakeTurns) {
  for (const char* name : {"1", "2", "3", "4", "5"}) enter(name, one_);
  for (const char* name : {"x", "y"}) enter(name, other_);
  while (!places_.empty()) end_first();
  EXPECT_THAT(entered_, ElementsAre("1", "2", "3", "x", "4", "y", "5"));
}

TEST_F(LanesTest, AGoodAnswerMakesRoomForMore) {
  for (const char* name : {"1", "2", "3", "4", "5", "6"}) enter(name, one_);
  places_.front().answered(10ms);
  end_first();
  EXPECT_THAT(entered_, ElementsAre("1", "2", "3", "4", "5", "6")) << "its own place, and three more";
}

TEST_F(LanesTest, TroubleLeavesLessRoom) {
  for (const char* name : {"1", "2", "3"}) enter(name, one_);
  for (int i = 0; i < 30; ++i) places_.front().answered(10ms);
  for (int i = 0; i < 70; ++i) enter("more", one_);
  const std::size_t before = entered_.size();
  ASSERT_LT(before, 73U);
  places_.front().troubled();
  end_first();
  EXPECT_EQ(entered_.size(), before) << "its place is not given to the next one";
}

TEST_F(LanesTest, AStopEndsTheWait) {
  std::stop_source stop;
  for (const char* name : {"1", "2"}) enter(name, one_);
  enter("waits", one_, stop.get_token());
  enter("goes on", one_);
  EXPECT_THAT(stopped_, IsEmpty());
  stop.request_stop();
  EXPECT_THAT(stopped_, ElementsAre("waits"));
  end_first();
  EXPECT_THAT(entered_, ElementsAre("1", "2", "goes on"));
  enter("too late", one_, stop.get_token());
  EXPECT_THAT(stopped_, ElementsAre("waits", "too late"));
}

TEST_F(LanesTest, AllOfALongLineMayLeaveAtOnce) {
  int called = 0;
  std::optional<Lanes::Place> first;
  lanes_.enter("d", &one_, 1, {}, [&](std::optional<Lanes::Place> place) { first.emplace(*std::move(place)); });
  for (int i = 0; i < 200'000; ++i) {  // so many would not fit on the stack
    lanes_.enter("d", &one_, 1, {}, [&](const std::optional<Lanes::Place>& place) { called += place ? 1 : 0; });
  }
  first.reset();
  EXPECT_EQ(called, 200'000);
}

TEST_F(LanesTest, StopsAndEndsAtOnceCallEachOneBackOnce) {
  std::atomic<int> called = 0;
  for (int round = 0; round < 200; ++round) {
    std::stop_source stop;
    std::optional<Lanes::Place> first;
    std::optional<Lanes::Place> second;
    lanes_.enter("c", &one_, 1, {}, [&](std::optional<Lanes::Place> place) { first.emplace(*std::move(place)); });
    lanes_.enter("c", &one_, 1, stop.get_token(), [&](std::optional<Lanes::Place> place) {
      ++called;
      if (place) second.emplace(*std::move(place));
    });
    const std::jthread stops{[&] { stop.request_stop(); }};
    first.reset();
  }
  EXPECT_EQ(called, 200);
}

}  // namespace
}  // namespace klinekeep::transport
