#include "core/clock.hpp"

namespace replica {

Clock::Clock(Instant start, bool frozen) : frozen_(frozen), origin_(start.time_since_epoch().count()) {}

Millis Clock::elapsed() const {
  if (frozen_) return Millis{0};
  return std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - started_);
}

Instant Clock::now() const { return Instant{Millis{origin_.load()}} + elapsed(); }

void Clock::set(Instant now) { origin_ = (now - elapsed()).time_since_epoch().count(); }

void Clock::advance(Millis by) { origin_ += by.count(); }

Instant machine_now() { return std::chrono::floor<Millis>(std::chrono::system_clock::now()); }

}  // namespace replica
