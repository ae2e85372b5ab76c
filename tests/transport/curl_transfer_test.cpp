#include "transport/curl_transfer.hpp"

#include <gtest/gtest.h>

namespace klinekeep::transport {
namespace {

using namespace std::chrono_literals;

Steady::time_point now{};

/// Ctrl-Z, or a lid that was closed: the host is not to blame for time in which nobody listened.
TEST(CurlTransferTest, TimeInWhichTheProcessStoodIsNotTheHosts) {
  StringSink sink{10};
  TimeBudget budget{30s, 64 * 1024};
  Sockets sockets;
  BusyTime busy{};
  std::int64_t came = 0;
  CurlTransfer transfer{sink, budget, {}, sockets, busy, came, [] { return now; }};
  now += 700ms;
  EXPECT_TRUE(transfer.spend_time(1s));
  EXPECT_EQ(budget.left(), 30s - 700ms);
  now += 10h;
  EXPECT_TRUE(transfer.spend_time(1s));
  EXPECT_EQ(budget.left(), 30s - 700ms - 2s) << "what was waited for, and a second";
  for (int i = 0; i < 28; ++i) {
    now += 1s;
    (void)transfer.spend_time(1s);
  }
  EXPECT_TRUE(budget.used_up());
}

}  // namespace
}  // namespace klinekeep::transport
