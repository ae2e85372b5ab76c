#include "transport/waiters.hpp"

#include <algorithm>
#include <utility>

namespace klinekeep::transport {

class Waiters::Waiter {
 public:
  explicit Waiter(GoOn when_taken) : go_on(std::move(when_taken)) {}

  GoOn go_on;
  std::optional<std::stop_callback<std::function<void()>>> on_stop;
};

std::shared_ptr<Waiters::Waiter> Waiters::add(GoOn go_on) {
  auto waiter = std::make_shared<Waiter>(std::move(go_on));
  const std::scoped_lock lock{mutex_};
  waiting_.push_back(waiter);
  return waiter;
}

void Waiters::arm(const std::shared_ptr<Waiter>& waiter, std::stop_token stop) {
  waiter->on_stop.emplace(std::move(stop), [this, one = waiter.get()] {
    if (const GoOn go_on = take(one)) go_on(true);
  });
}

Waiters::GoOn Waiters::take_first() {
  std::shared_ptr<Waiter> first;  // ended without the lock: its stop may be calling back
  const std::scoped_lock lock{mutex_};
  if (waiting_.empty()) return {};
  first = std::move(waiting_.front());
  waiting_.pop_front();
  return std::move(first->go_on);
}

std::vector<Waiters::GoOn> Waiters::take_all() {
  std::list<std::shared_ptr<Waiter>> all;
  {
    const std::scoped_lock lock{mutex_};
    all.swap(waiting_);
  }
  std::vector<GoOn> calls;
  calls.reserve(all.size());
  for (const auto& waiter : all) calls.push_back(std::move(waiter->go_on));
  return calls;
}

Waiters::GoOn Waiters::take(const Waiter* waiter) {
  std::shared_ptr<Waiter> one;
  const std::scoped_lock lock{mutex_};
  const auto found = std::ranges::find_if(waiting_, [&](const auto& each) { return each.get() == waiter; });
  if (found == waiting_.end()) return {};
  one = std::move(*found);
  waiting_.erase(found);
  return std::move(one->go_on);
}

}  // namespace klinekeep::transport
