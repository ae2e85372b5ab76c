#include "transport/idle_engines.hpp"

#include <unistd.h>

#include <algorithm>
#include <ranges>

#include "transport/curl_engine.hpp"
#include "transport/descriptors.hpp"

namespace klinekeep::transport {
namespace {

constexpr std::size_t kMost = 160;  // to two hosts, and some more
constexpr std::size_t kShare = 8;   // of the descriptors

}  // namespace

std::size_t most_idle_connections() { return std::clamp<std::size_t>(descriptor_limit() / kShare, 1, kMost); }

IdleEngines::IdleEngines() : process_(::getpid()), keeper_([this] { drop_all(); }) {}

IdleEngines& IdleEngines::of_process() {
  static auto* const engines = new IdleEngines;
  return *engines;
}

void IdleEngines::add(CurlEngine& engine) {
  const std::scoped_lock lock{mutex_};
  forget_after_fork();
  engines_.push_back(&engine);
}

void IdleEngines::remove(CurlEngine& engine) {
  const std::scoped_lock lock{mutex_};
  forget_after_fork();
  std::erase(engines_, &engine);
}

void IdleEngines::is_idle(CurlEngine& engine) {
  const std::scoped_lock lock{mutex_};
  forget_after_fork();
  const auto place = std::ranges::find(engines_, &engine);
  if (place == engines_.end()) return;  // it is about to go
  engines_.splice(engines_.end(), engines_, place);
  std::size_t kept = 0;
  for (CurlEngine* const each : std::views::reverse(engines_)) {
    kept += each->connections();
    if (kept > most_idle_connections()) each->drop_idle();
  }
}

void IdleEngines::drop_all() {
  const std::scoped_lock lock{mutex_};
  forget_after_fork();
  for (CurlEngine* const engine : engines_) engine->drop_idle();
}

void IdleEngines::forget_after_fork() {
  if (process_ == ::getpid()) return;
  engines_.clear();
  process_ = ::getpid();
}

}  // namespace klinekeep::transport
