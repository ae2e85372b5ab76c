#include "transport/traffic.hpp"

#include <unistd.h>

#include <algorithm>
#include <new>
#include <utility>

#include "transport/descriptors.hpp"

namespace klinekeep::transport {
namespace {

constexpr std::size_t kShare = 8;  // four descriptors, and as many for the rest of the process

std::size_t most_at_once() { return std::max<std::size_t>(descriptor_limit() / kShare, 1); }

}  // namespace

Traffic::Traffic() : process_(::getpid()) {}

Traffic& Traffic::of_process() {
  static auto* const traffic = new Traffic;
  return *traffic;
}

bool Traffic::enter(Wish wish, const Party& party) {
  const std::scoped_lock lock{mutex_};
  forget_after_fork();
  if (has_room(wish, party)) {
    ++under_way_;
    if (wish == Wish::alone) closed_for_ = &party;
    return true;
  }
  if (wish == Wish::alone && closed_for_ == nullptr) closed_for_ = &party;
  try {
    refused_[&party] = party.wake;
  } catch (const std::bad_alloc&) {  // then it comes again by itself
  }
  return false;
}

bool Traffic::has_room(Wish wish, const Party& party) const {
  if (wish == Wish::alone) return under_way_ == 0 && (closed_for_ == nullptr || closed_for_ == &party);
  return closed_for_ == nullptr && under_way_ < most_at_once();
}

void Traffic::leave(Wish wish) {
  std::map<const Party*, std::function<void()>> refused;
  {
    const std::scoped_lock lock{mutex_};
    forget_after_fork();
    if (under_way_ > 0) --under_way_;
    if (wish == Wish::alone) closed_for_ = nullptr;
    refused.swap(refused_);
  }
  for (const auto& [party, wake] : refused) wake();
}

bool Traffic::is_closed() {
  const std::scoped_lock lock{mutex_};
  forget_after_fork();
  return closed_for_ != nullptr;
}

void Traffic::give_up(const Party& party) {
  std::map<const Party*, std::function<void()>> refused;
  {
    const std::scoped_lock lock{mutex_};
    forget_after_fork();
    refused_.erase(&party);
    if (closed_for_ != &party) return;
    closed_for_ = nullptr;
    refused.swap(refused_);
  }
  for (const auto& [other, wake] : refused) wake();
}

void Traffic::forget_after_fork() {
  if (process_ == ::getpid()) return;
  process_ = ::getpid();
  under_way_ = 0;
  closed_for_ = nullptr;
  refused_.clear();
}

}  // namespace klinekeep::transport
