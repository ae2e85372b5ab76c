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

bool Waiters::take_first(Taken& taken) {
  const std::scoped_lock lock{mutex_};
  if (waiting_.empty()) return false;
  taken.waiters_.splice(taken.waiters_.end(), waiting_, waiting_.begin());
  return true;
}

void Waiters::Taken::call_first() {
  const std::shared_ptr<Waiter> first = std::move(waiters_.front());  // ended last: its stop may be calling back
  waiters_.pop_front();
  const GoOn go_on = std::move(first->go_on);
  go_on(false);
}

Waiters::Taken Waiters::take_all() {
  Taken all;
  const std::scoped_lock lock{mutex_};
  all.waiters_.swap(waiting_);
  return all;
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
