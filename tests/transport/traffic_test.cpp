#include "transport/traffic.hpp"

#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace klinekeep::transport {
namespace {

using Wish = Traffic::Wish;

class TrafficTest : public testing::Test {
 protected:
  Traffic& traffic_ = Traffic::of_process();
  std::optional<Traffic::Pass> first_;
  std::optional<Traffic::Pass> second_;
};

TEST_F(TrafficTest, SeveralGoTogether) {
  traffic_.enter(Wish::among_others, {}, first_);
  traffic_.enter(Wish::among_others, {}, second_);
  EXPECT_TRUE(first_ && second_);
}

TEST_F(TrafficTest, WhoWantsToBeAloneWaitsForTheOthersAndNoneBeginsMeanwhile) {
  traffic_.enter(Wish::among_others, {}, first_);
  std::promise<void> is_alone;
  std::promise<void> may_end;
  std::jthread alone{[&] {
    std::optional<Traffic::Pass> pass;
    traffic_.enter(Wish::alone, {}, pass);
    is_alone.set_value();
    may_end.get_future().wait();
  }};
  first_.reset();
  is_alone.get_future().wait();
  std::stop_source stop;
  stop.request_stop();
  traffic_.enter(Wish::among_others, stop.get_token(), second_);
  EXPECT_FALSE(second_) << "beside one that is alone";
  traffic_.enter(Wish::alone, stop.get_token(), second_);
  EXPECT_FALSE(second_) << "two that are alone";
  may_end.set_value();
  alone.join();
  traffic_.enter(Wish::among_others, {}, second_);
  EXPECT_TRUE(second_);
}

TEST_F(TrafficTest, WhoIsStoppedAsItWaitsToBeAloneHoldsUpNobody) {
  traffic_.enter(Wish::among_others, {}, first_);
  std::stop_source stop;
  stop.request_stop();
  std::optional<Traffic::Pass> stopped;
  traffic_.enter(Wish::alone, stop.get_token(), stopped);
  EXPECT_FALSE(stopped);
  traffic_.enter(Wish::among_others, {}, second_);
  EXPECT_TRUE(second_);
}

}  // namespace
}  // namespace klinekeep::transport
