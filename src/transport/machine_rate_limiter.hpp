// The rate limiter that all processes of a user on this machine share, through a small file for each host.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "klinekeep/clock.hpp"
#include "transport/rate_file.hpp"
#include "transport/rate_limiter.hpp"
#include "transport/rate_state.hpp"

namespace klinekeep::transport {

/// What one process knows, by host; shared by all limiters that were given the same. Guarded by its own mutex.
struct RateStates {
  std::mutex mutex;
  std::map<std::string, RateState> by_host;
};

/// The one of this process.
[[nodiscard]] std::shared_ptr<RateStates> process_rate_states();

struct RateLimiterOptions {
  double share = 0.6;                                   // of the host's limit, in (0, 1]
  Clock clock = system_now;                             // the machine's, never --now
  std::optional<std::filesystem::path> directory = {};  // of the state files; none: as find_rate_directory has it
  std::shared_ptr<RateStates> states = {};              // null: process_rate_states()
};

/// A budget of `share` of the limit for each calendar minute. A request that alone is more than that goes as the first
/// of a minute. The file is locked for microseconds at a time, never while waiting; rubbish in it counts as nothing
/// known; where it cannot be used (a folder that is not ours alone, a link in its place, a read-only disk, a lock that
/// is not let go) the budget is the process's own and `note` says so. A kill at any instant leaves a file that is whole
/// or counts as empty.
class MachineRateLimiter final : public RateLimiter {
 public:
  explicit MachineRateLimiter(RateLimiterOptions options = {});

  [[nodiscard]] Leave ask(const std::string& host, int weight, int limit) override;
  /// Ignored when the minute has changed since the request was granted: which minute it counts is not known then.
  void observe(const std::string& host, Timestamp granted, std::int64_t used_weight) override;
  void pause(const std::string& host, Timestamp until, PauseReason reason) override;
  void learn_limit(const std::string& host, int limit) override;
  [[nodiscard]] std::optional<std::string> note() const override;

 private:
  using Change = std::function<void(RateState&, Timestamp now)>;

  void with_state(const std::string& host, RateFile::Access access, const Change& change);
  void say(std::string note);

  RateLimiterOptions options_;
  mutable std::mutex mutex_;  // of what follows
  std::optional<std::string> note_;
};

}  // namespace klinekeep::transport
