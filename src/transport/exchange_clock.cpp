#include "transport/exchange_clock.hpp"

namespace klinekeep::transport {

void ExchangeClock::observe(Timestamp date) {
  const Timestamp arrived = wall_();
  const std::scoped_lock lock(mutex_);
  date_ = date;
  arrived_ = arrived;
}

std::optional<Timestamp> ExchangeClock::now() const {
  constexpr Duration kBelieved = std::chrono::minutes{1};
  const Timestamp now = wall_();
  const std::scoped_lock lock(mutex_);
  if (!date_ || now < arrived_ || now - arrived_ > kBelieved) return std::nullopt;
  return *date_ + (now - arrived_);
}

}  // namespace klinekeep::transport
