#include "transport/traffic.hpp"

#include <gtest/gtest.h>

namespace klinekeep::transport {
namespace {

using Wish = Traffic::Wish;

class TrafficTest : public testing::Test {
 protected:
  Traffic& traffic_ = Traffic::of_process();
  int woken_ = 0;
  Traffic::Party us_{[this] { ++woken_; }};
  Traffic::Party them_{[] {}};
};

TEST_F(TrafficTest, SeveralGoTogether) {
  EXPECT_TRUE(traffic_.enter(Wish::among_others, us_));
  EXPECT_TRUE(traffic_.enter(Wish::among_others, them_));
  traffic_.leave(Wish::among_others);
  traffic_.leave(Wish::among_others);
}

TEST_F(TrafficTest, WhoWantsToBeAloneWaitsForTheOthersAndNoneBeginsMeanwhile) {
  ASSERT_TRUE(traffic_.enter(Wish::among_others, them_));
  EXPECT_FALSE(traffic_.enter(Wish::alone, us_));
  EXPECT_FALSE(traffic_.enter(Wish::among_others, them_)) << "before one that waits to be alone";
  EXPECT_EQ(woken_, 0);
  traffic_.leave(Wish::among_others);
  EXPECT_EQ(woken_, 1);
  EXPECT_FALSE(traffic_.enter(Wish::alone, them_)) << "it was asked for before";
  ASSERT_TRUE(traffic_.enter(Wish::alone, us_));
  EXPECT_FALSE(traffic_.enter(Wish::among_others, them_)) << "beside one that is alone";
  EXPECT_FALSE(traffic_.enter(Wish::alone, them_)) << "two that are alone";
  traffic_.leave(Wish::alone);
  EXPECT_TRUE(traffic_.enter(Wish::among_others, them_));
  traffic_.leave(Wish::among_others);
}

TEST_F(TrafficTest, WhoGivesUpWaitingToBeAloneHoldsUpNobody) {
  ASSERT_TRUE(traffic_.enter(Wish::among_others, us_));
  EXPECT_FALSE(traffic_.enter(Wish::alone, them_));
  EXPECT_FALSE(traffic_.enter(Wish::among_others, us_));
  traffic_.give_up(them_);
  EXPECT_EQ(woken_, 1);
  EXPECT_TRUE(traffic_.enter(Wish::among_others, us_));
  traffic_.leave(Wish::among_others);
  traffic_.leave(Wish::among_others);
}

}  // namespace
}  // namespace klinekeep::transport
