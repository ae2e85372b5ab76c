#include "transport/host_window.hpp"

#include <gtest/gtest.h>

namespace klinekeep::transport {
namespace {

using namespace std::chrono_literals;

TEST(HostWindow, BeginsWithAFewAndGrowsWithGoodAnswersUpToItsMost) {
  HostWindow window;
  EXPECT_EQ(window.size(), 16);
  for (int i = 0; i < 16; ++i) window.answered(window.era(), 30ms);
  EXPECT_EQ(window.size(), 64) << "four times as many after a round trip";
  window.answered(window.era(), 30ms);
  EXPECT_EQ(window.size(), 64);
}

TEST(HostWindow, IsHalvedOnceByTheTroubleOfThoseThatWereUnderWayTogether) {
  HostWindow window{64};
  const int together = window.era();
  for (int i = 0; i < 10; ++i) window.troubled(together);
  EXPECT_EQ(window.size(), 32);
  window.troubled(window.era());
  EXPECT_EQ(window.size(), 16) << "of one that began later";
  for (int i = 0; i < 10; ++i) window.troubled(window.era());
  EXPECT_EQ(window.size(), 4) << "never less";
}

TEST(HostWindow, ShrinksWhereTheHostIsSlowerThanItWas) {
  HostWindow window{64};
  window.answered(window.era(), 100ms);
  window.answered(window.era(), 400ms);
  EXPECT_EQ(window.size(), 64) << "three times as long, and a tenth of a second, may be chance";
  const int together = window.era();
  window.answered(together, 401ms);
  window.answered(together, 5s);
  EXPECT_EQ(window.size(), 56) << "once for those that were under way together";
  for (int i = 0; i < 100; ++i) window.answered(window.era(), 5s);
  EXPECT_EQ(window.size(), 7) << "an eighth at a time, while that is one";
  window.answered(window.era(), 100ms);
  EXPECT_EQ(window.size(), 10) << "it is quick again";
}

TEST(HostWindow, OfOneThatBeganSmallIsNotMadeLargerByTrouble) {
  HostWindow window{2};
  window.troubled(window.era());
  EXPECT_EQ(window.size(), 2);
}

}  // namespace
}  // namespace klinekeep::transport
