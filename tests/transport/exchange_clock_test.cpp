#include "transport/exchange_clock.hpp"

#include <gtest/gtest.h>

#include "transport/fakes.hpp"

namespace klinekeep::transport {
namespace {

using namespace std::chrono_literals;

TEST(ExchangeClockTest, GoesOnWithTheWallClockForAMinute) {
  FakeTime time;
  ExchangeClock clock{time.clock()};
  EXPECT_EQ(clock.now(), std::nullopt);
  clock.observe(kNoon - 3h);
  EXPECT_EQ(clock.now(), kNoon - 3h);
  time.pass(60s);
  EXPECT_EQ(clock.now(), kNoon - 3h + 60s);
  time.pass(Duration{1});
  EXPECT_EQ(clock.now(), std::nullopt);
  clock.observe(kNoon + 1h);
  EXPECT_EQ(clock.now(), kNoon + 1h);
}

TEST(ExchangeClockTest, DoesNotOutliveANightsSleepOfTheMachine) {
  FakeTime time;
  ExchangeClock clock{time.clock()};
  clock.observe(kNoon);
  time.set_clock(kNoon + 8h);  // the monotonic clock stood
  EXPECT_EQ(clock.now(), std::nullopt);
}

TEST(ExchangeClockTest, NeverGoesBackBehindTheDateThatItWasTold) {
  FakeTime time;
  ExchangeClock clock{time.clock()};
  clock.observe(kNoon);
  time.set_clock(kNoon - Duration{1});
  EXPECT_EQ(clock.now(), std::nullopt) << "our clock was put back: nobody knows how much time has gone by";
}

}  // namespace
}  // namespace klinekeep::transport
