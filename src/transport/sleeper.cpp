#include "transport/sleeper.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace klinekeep::transport {

bool ThreadSleeper::sleep_until(Timestamp until, std::stop_token stop) {
  constexpr Duration kLongest = std::chrono::hours{24 * 365};  // what a steady clock can add
  const Duration away = std::min(until - clock_(), kLongest);
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait_for(lock, stop, away, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace klinekeep::transport
