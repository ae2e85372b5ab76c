#include "transport/traffic.hpp"

#include <unistd.h>

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

void Traffic::enter(Wish wish, const std::stop_token& stop, std::optional<Pass>& pass) {
  std::unique_lock lock{mutex_};
  forget_after_fork();
  if (wish == Wish::among_others) {
    if (!changed_.wait(lock, stop, [this] { return !is_closed_ && under_way_ < most_at_once(); })) return;
  } else {
    if (!changed_.wait(lock, stop, [this] { return !is_closed_; })) return;
    is_closed_ = true;
    if (!changed_.wait(lock, stop, [this] { return under_way_ == 0; })) {
      is_closed_ = false;
      changed_.notify_all();
      return;
    }
  }
  ++under_way_;
  pass.emplace(*this, wish, process_);
}

void Traffic::leave(Wish wish, pid_t process) {
  const std::scoped_lock lock{mutex_};
  forget_after_fork();
  if (process != process_) return;
  --under_way_;
  if (wish == Wish::alone) is_closed_ = false;
  changed_.notify_all();
}

void Traffic::forget_after_fork() {
  if (process_ == ::getpid()) return;
  process_ = ::getpid();
  under_way_ = 0;
  is_closed_ = false;
}

}  // namespace klinekeep::transport
