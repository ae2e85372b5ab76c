#include "core/checks.hpp"

#include <gtest/gtest.h>

#include <string>

#include "core/times.hpp"
#include "klinekeep/errors.hpp"

namespace klinekeep {
namespace {

template <class Check>
std::string refusal(const Check& check) {
  try {
    check();
    return "";
  } catch (const InvalidRequest& error) {
    EXPECT_EQ(error.exit_code(), 2);
    return error.what();
  }
}

std::string window_refusal(const std::string& start, const std::string& end, const std::string& now) {
  return refusal([&] { check_window(at(start), at(end), at(now)); });
}

TEST(CheckWindow, RefusesAnEndInTheFuture) {
  EXPECT_EQ(window_refusal("2024-01-01", "2024-01-03T00:00:00.000001", "2024-01-03"),
            "End time 2024-01-03T00:00:00.000001Z is in the future (now is 2024-01-03T00:00:00Z)");
}

TEST(CheckWindow, RefusesAStartAfterTheEnd) {
  EXPECT_EQ(window_refusal("2024-01-02", "2024-01-01", "2024-01-03"),
            "Start time 2024-01-02T00:00:00Z is after end time 2024-01-01T00:00:00Z");
}

TEST(CheckWindow, TakesNowAsTheEndAndOneInstant) {
  EXPECT_EQ(window_refusal("2024-01-01", "2024-01-03", "2024-01-03"), "");
  EXPECT_EQ(window_refusal("2024-01-03", "2024-01-03", "2024-01-03"), "");
  EXPECT_EQ(window_refusal("1900-01-01", "1900-01-01", "2024-01-03"), "");
}

TEST(CheckWindow, SaysFutureFirst) {
  EXPECT_NE(window_refusal("2024-01-09", "2024-01-05", "2024-01-03").find("is in the future"), std::string::npos);
}

TEST(CheckInterval, NamesTheIntervalsThatTheMarketHas) {
  for (const MarketType market : {MarketType::FUTURES_USDT, MarketType::FUTURES_COIN}) {
    EXPECT_EQ(refusal([&] { check_interval(market, Interval::SECOND_1); }),
              std::string{name(market)} +
                  " has no interval 1s; it has 1m, 3m, 5m, 15m, 30m, 1h, 2h, 4h, 6h, 8h, 12h, 1d, 3d, 1w, 1M");
  }
}

TEST(CheckInterval, TakesWhatTheMarketHas) {
  for (const MarketType market : kMarkets) {
    for (const Interval interval : kIntervals) {
      const bool refused = !refusal([&] { check_interval(market, interval); }).empty();
      EXPECT_EQ(refused, !has_interval(market, interval));
    }
  }
}

}  // namespace
}  // namespace klinekeep
