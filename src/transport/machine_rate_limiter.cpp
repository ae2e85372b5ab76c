#include "transport/machine_rate_limiter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace klinekeep::transport {
namespace {

Timestamp next_minute(Timestamp now) { return std::chrono::floor<std::chrono::minutes>(now) + std::chrono::minutes{1}; }

Leave decide(RateState& state, Timestamp now, int weight, std::int64_t budget) {
  if (now < state.paused_until) {
    return {.at = now, .not_before = state.paused_until, .paused = true, .banned = state.reason == PauseReason::ban};
  }
  if (weight > 0 && state.used > 0 && state.used + weight > budget) return {.at = now, .not_before = next_minute(now)};
  state.used += weight;
  return {.at = now};
}

}  // namespace

std::shared_ptr<RateStates> process_rate_states() {
  static const auto states = std::make_shared<RateStates>();
  return states;
}

MachineRateLimiter::MachineRateLimiter(RateLimiterOptions options) : options_(std::move(options)) {
  if (!options_.states) options_.states = process_rate_states();
  if (!options_.directory) {
    auto found = find_rate_directory();
    if (found)
      options_.directory = *std::move(found);
    else
      say(found.error());
  }
}

Leave MachineRateLimiter::ask(const std::string& host, int weight, int limit) {
  const auto access = weight > 0 ? RateFile::Access::change : RateFile::Access::look;
  Leave leave;
  with_state(host, access, [&](RateState& state, Timestamp now) {
    const auto most = static_cast<double>(state.limit > 0 ? state.limit : limit);
    leave = decide(state, now, weight, std::llround(std::floor(most * options_.share)));
  });
  return leave;
}

void MachineRateLimiter::observe(const std::string& host, Timestamp granted, std::int64_t used_weight) {
  with_state(host, RateFile::Access::change, [&](RateState& state, Timestamp now) {
    if (next_minute(granted) == next_minute(now)) state.used = std::max(state.used, used_weight);
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
  with_state(host, RateFile::Access::change, [&](RateState& state, Timestamp /*now*/) { state.limit = limit; });
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

void MachineRateLimiter::say(std::string note) {
  const std::scoped_lock lock(mutex_);
  if (!note_) note_ = fmt::format("the rate limit is not shared with other processes: {}", note);
}

}  // namespace klinekeep::transport
