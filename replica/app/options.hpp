#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/time.hpp"

namespace replica {

struct Options {
  std::uint16_t port = 0;
  std::optional<std::uint16_t> https_port;
  std::string certificate_file;
  std::optional<Instant> now;
  bool frozen = false;
  Millis daily_delay = std::chrono::hours{5};
  std::uint64_t seed = 1;
  Millis round_trip{0};
  std::uint64_t bytes_per_second = 0;  // 0: no limit
  std::string fixtures;
};

}  // namespace replica
