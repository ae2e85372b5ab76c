#include "transport/machine_rate_limiter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace klinekeep::transport {
namespace {

Timestamp next_minute(Timestamp now) { return std::chrono::floor<std::chrono::minutes>(now) + std::chrono::minutes{1}; }

struct Decision {
  Timestamp now;
  std::optional<Timestamp> wait_until;  // none: granted
  bool paused = false;
  bool banned = false;
};

Decision decide(RateState& state, Timestamp now, int weight, std::int64_t budget) {
  if (now < state.paused_until) {
    return {.now = now, .wait_until = state.paused_until, .paused = true, .banned = state.reason == PauseReason::ban};
  }
  if (weight > 0 && state.used > 0 && state.used + weight > budget) return {.now = now, .wait_until = next_minute(now)};
  state.used += weight;
  return {.now = now, .wait_until = std::nullopt};
}

}  // namespace

std::shared_ptr<RateStates> process_rate_states() {
  static const auto states = std::make_shared<RateStates>();
  return states;
}

MachineRateLimiter::MachineRateLimiter(RateLimiterOptions options) : options_(std::move(options)) {
  if (!options_.sleeper) options_.sleeper = std::make_shared<ThreadSleeper>(options_.clock);
  if (!options_.states) options_.states = process_rate_states();
  if (!options_.directory) {
    auto found = find_rate_directory();
    if (found)
      options_.directory = *std::move(found);
    else
      say(found.error());
  }
}

tl::expected<Granted, Refused> MachineRateLimiter::acquire(const std::string& host, int weight, int limit,
                                                           std::stop_token stop) {
  const std::int64_t most = budget(host, limit);
  const auto access = weight > 0 ? RateFile::Access::change : RateFile::Access::look;
  std::optional<Timestamp> started;
  while (true) {
    if (stop.stop_requested()) return tl::make_unexpected(Refused{.kind = Refused::Kind::cancelled});
    Decision decision;
    with_state(host, access, [&](RateState& state, Timestamp now) { decision = decide(state, now, weight, most); });
    if (!started) started = decision.now;
    const Duration waited = std::max(decision.now - *started, Duration{0});
    if (!decision.wait_until) return Granted{.at = decision.now, .waited = waited};
    if (*decision.wait_until - *started > options_.max_wait) {
      return tl::make_unexpected(Refused{.kind = Refused::Kind::too_long,
                                         .until = *decision.wait_until,
                                         .paused = decision.paused,
                                         .banned = decision.banned,
                                         .waited = waited});
    }
    if (!options_.sleeper->sleep_until(*decision.wait_until, stop)) {
      return tl::make_unexpected(Refused{.kind = Refused::Kind::cancelled, .waited = waited});
    }
  }
}

void MachineRateLimiter::observe(const std::string& host, const Granted& granted, std::int64_t used_weight) {
  with_state(host, RateFile::Access::change, [&](RateState& state, Timestamp now) {
    if (next_minute(granted.at) == next_minute(now)) state.used = std::max(state.used, used_weight);
  });
}

void MachineRateLimiter::pause(const std::string& host, Timestamp until, PauseReason reason) {
  with_state(host, RateFile::Access::change, [&](RateState& state, Timestamp now) {
    const Timestamp believed = std::min(until, now + kLongestPause);
    if (believed <= state.paused_until) return;
    state.paused_until = believed;
    state.reason = reason;
  });
}

void MachineRateLimiter::learn_limit(const std::string& host, int limit) {
  if (limit <= 0) return;
  const std::scoped_lock lock(mutex_);
  limits_[host] = limit;
}

std::optional<std::string> MachineRateLimiter::note() const {
  const std::scoped_lock lock(mutex_);
  return note_;
}

void MachineRateLimiter::with_state(const std::string& host, RateFile::Access access, const Change& change) {
  const std::scoped_lock lock(options_.states->mutex);
  RateState& known = options_.states->by_host[host];
  std::optional<RateFile> file;
  if (options_.directory) {
    auto opened = RateFile::open(*options_.directory, host, access);
    if (!opened) say(opened.error());
    if (opened && *opened) file.emplace(*std::move(*opened));
  }
  const Timestamp now = options_.clock();  // once locked: another process may just have begun a new minute
  const auto found = file ? file->read() : std::nullopt;
  known = current(known, now);
  if (found) known = merge(known, current(*found, now));
  change(known, now);
  if (!file || found == known) return;
  if (const auto written = file->write(known); !written) say(written.error());
}

std::int64_t MachineRateLimiter::budget(const std::string& host, int limit) const {
  const std::scoped_lock lock(mutex_);
  const auto learnt = limits_.find(host);
  return std::llround(std::floor((learnt == limits_.end() ? limit : learnt->second) * options_.share));
}

void MachineRateLimiter::say(std::string note) {
  const std::scoped_lock lock(mutex_);
  if (!note_) note_ = fmt::format("the rate limit is not shared with other processes: {}", note);
}

}  // namespace klinekeep::transport
