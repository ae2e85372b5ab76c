#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <memory>
#include <string>

#include "transport/fakes.hpp"
#include "transport/host_client.hpp"
#include "transport/temporary_folder.hpp"

namespace klinekeep::transport {

inline constexpr const char* kUrl = "http://host.test/api/v3/klines?symbol=BTCUSDT";
inline constexpr const char* kDate = "Fri, 15 Mar 2024 12:00:00 GMT";

/// A client over a transport that plays a script, and a clock that only waits move.
class HostClientTest : public testing::Test {
 protected:
  HostClientTest() { restart(); }

  void restart() { client_ = std::make_unique<HostClient>(services(), policy_, time_.clock()); }
  Services services() {
    return {.transport = transport_,
            .limiter = limiter_,
            .sleeper = sleeper_,
            .exchange_clock = exchange_clock_,
            .clock = time_.clock(),
            .random = [this] { return uniform_; }};
  }
  void play(std::initializer_list<Play> script) { transport_->script = script; }
  tl::expected<Response, Failure> get(const std::string& url = kUrl, std::stop_token stop = {}) {
    return answer_of(*client_, {.url = url, .sink = sink_, .weight = 2, .limit = 6000}, std::move(stop));
  }
  std::size_t asked() const { return transport_->asked().size(); }

  TemporaryFolder folder_;
  FakeTime time_;
  double uniform_ = 0.5;
  RetryPolicy policy_;
  std::shared_ptr<FakeSleeper> sleeper_ = std::make_shared<FakeSleeper>(time_);
  std::shared_ptr<FakeTransport> transport_ = std::make_shared<FakeTransport>(time_);
  std::shared_ptr<MachineRateLimiter> limiter_ = std::make_shared<MachineRateLimiter>(RateLimiterOptions{
      .clock = time_.clock(), .directory = folder_.path(), .states = std::make_shared<RateStates>()});
  std::shared_ptr<ExchangeClock> exchange_clock_ = std::make_shared<ExchangeClock>(time_.clock());
  std::unique_ptr<HostClient> client_;
  StringSink sink_{1000};
};

}  // namespace klinekeep::transport
