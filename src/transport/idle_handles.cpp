#include "transport/idle_handles.hpp"

#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "transport/descriptors.hpp"
#include "transport/sigpipe_guard.hpp"

namespace klinekeep::transport {
namespace {

constexpr std::size_t kMost = 64;
constexpr std::size_t kShare = 16;  // of the descriptors; a handle holds three

std::size_t most_idle() { return std::min(descriptor_limit() / kShare, kMost); }

}  // namespace

IdleHandles::IdleHandles() : process_(::getpid()), keeper_([this] { drop_all(); }) {}

IdleHandles& IdleHandles::of_process() {
  static auto* const idle = new IdleHandles;
  return *idle;
}

std::unique_ptr<CurlHandle> IdleHandles::take(const void* owner, const std::string& origin) {
  const std::scoped_lock lock{mutex_};
  forget_after_fork();
  const auto found = std::ranges::find_if(idle_.rbegin(), idle_.rend(), [&](const Idle& idle) {
    return idle.owner == owner && idle.handle->origin == origin;
  });
  if (found == idle_.rend()) return nullptr;
  auto handle = std::move(found->handle);
  idle_.erase(std::next(found).base());
  return handle;
}

void IdleHandles::keep(const void* owner, std::unique_ptr<CurlHandle> handle) {
  const SigpipeGuard guard;
  std::vector<Idle> gone;  // ended without the lock
  const std::scoped_lock lock{mutex_};
  forget_after_fork();
  idle_.push_back({owner, std::move(handle)});
  const auto excess = static_cast<std::ptrdiff_t>(idle_.size() - std::min(idle_.size(), most_idle()));
  std::move(idle_.begin(), idle_.begin() + excess, std::back_inserter(gone));
  idle_.erase(idle_.begin(), idle_.begin() + excess);
}

void IdleHandles::drop(const void* owner) {
  const SigpipeGuard guard;
  std::vector<Idle> gone;
  const std::scoped_lock lock{mutex_};
  forget_after_fork();
  const auto first =
      std::stable_partition(idle_.begin(), idle_.end(), [&](const Idle& idle) { return idle.owner != owner; });
  std::move(first, idle_.end(), std::back_inserter(gone));
  idle_.erase(first, idle_.end());
}

void IdleHandles::drop_all() {
  const SigpipeGuard guard;
  std::vector<Idle> gone;
  const std::scoped_lock lock{mutex_};
  forget_after_fork();
  gone.swap(idle_);
}

void IdleHandles::forget_after_fork() {
  if (process_ == ::getpid()) return;
  for (Idle& idle : idle_) static_cast<void>(idle.handle.release());
  idle_.clear();
  process_ = ::getpid();
}

}  // namespace klinekeep::transport
