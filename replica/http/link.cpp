#include "http/link.hpp"

#include <algorithm>
#include <thread>

namespace replica {

void Link::set(Millis round_trip, std::uint64_t bytes_per_second) {
  const std::scoped_lock lock{mutex_};
  round_trip_ = round_trip;
  bytes_per_second_ = bytes_per_second;
}

Millis Link::round_trip() const {
  const std::scoped_lock lock{mutex_};
  return round_trip_;
}

std::uint64_t Link::bytes_per_second() const {
  const std::scoped_lock lock{mutex_};
  return bytes_per_second_;
}

void Link::wait_for_round_trip() const {
  if (const Millis time = round_trip(); time > Millis{0}) std::this_thread::sleep_for(time);
}

void Link::carry(std::size_t bytes) {
  std::chrono::steady_clock::time_point gone;
  {
    const std::scoped_lock lock{mutex_};
    if (bytes_per_second_ == 0) return;
    const std::chrono::duration<double> time{static_cast<double>(bytes) / static_cast<double>(bytes_per_second_)};
    free_from_ = std::max(free_from_, std::chrono::steady_clock::now()) +
                 std::chrono::duration_cast<std::chrono::steady_clock::duration>(time);
    gone = free_from_;
  }
  std::this_thread::sleep_until(gone);
}

}  // namespace replica
