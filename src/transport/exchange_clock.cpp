#include "transport/exchange_clock.hpp"

namespace klinekeep::transport {

void ExchangeClock::observe(Timestamp date) {
  const auto arrived = steady_();
  const std::scoped_lock lock(mutex_);
  date_ = date;
  arrived_ = arrived;
}

std::optional<Timestamp> ExchangeClock::now() const {
  const auto now = steady_();
  const std::scoped_lock lock(mutex_);
  if (!date_) return std::nullopt;
  return *date_ + std::chrono::floor<Duration>(now - arrived_);
}

}  // namespace klinekeep::transport
