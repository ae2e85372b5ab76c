#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "core/time.hpp"

namespace replica {

/// What lies between the replica and those who ask: a new connection costs a round trip (with TLS two), and so does
/// each request; all connections together carry so many bytes of answers a second, each its share. Without TCP's slow
/// start: what may be sent goes at once. Thread-safe.
class Link {
 public:
  /// 0: no time at all, and no limit.
  void set(Millis round_trip, std::uint64_t bytes_per_second);
  [[nodiscard]] Millis round_trip() const;
  [[nodiscard]] std::uint64_t bytes_per_second() const;

  void wait_for_round_trip() const;
  /// At most so many are to be carried at once, so that connections take turns.
  static constexpr std::size_t kPiece = 16 * 1024;
  /// Waits until they have gone, after what was on its way before them.
  void carry(std::size_t bytes);

 private:
  mutable std::mutex mutex_;  // of what follows
  Millis round_trip_{0};
  std::uint64_t bytes_per_second_ = 0;
  std::chrono::steady_clock::time_point free_from_{};
};

}  // namespace replica
