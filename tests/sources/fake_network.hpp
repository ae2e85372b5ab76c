// What a runner needs of the network, by script.
#pragma once

#include "transport/fakes.hpp"

namespace klinekeep::sources {

struct FakeNetwork {
  transport::FakeTime time;
  std::shared_ptr<transport::KnownHosts> hosts = {};  // none: each client has its own
  std::shared_ptr<transport::FakeTransport> transport = std::make_shared<transport::FakeTransport>(time);

  [[nodiscard]] transport::Services services() {
    return {.transport = transport,
            .limiter = std::make_shared<transport::FreeLimiter>(),
            .sleeper = std::make_shared<transport::FakeSleeper>(time),
            .hosts = hosts,
            .exchange_clock = std::make_shared<transport::ExchangeClock>(time.clock()),
            .clock = time.clock(),
            .random = [] { return 0.5; }};
  }
};

}  // namespace klinekeep::sources
