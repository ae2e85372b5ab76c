// Keeps SIGPIPE from a host program, without touching its handlers.
#pragma once

#include <csignal>

namespace klinekeep::transport {

/// While it lives, this thread gets no SIGPIPE from what it writes to closed connections. Other threads see nothing of
/// it.
class SigpipeGuard {
 public:
  SigpipeGuard();
  SigpipeGuard(const SigpipeGuard&) = delete;
  SigpipeGuard& operator=(const SigpipeGuard&) = delete;
  ~SigpipeGuard();

 private:
  sigset_t before_{};
  bool was_pending_ = false;
};

}  // namespace klinekeep::transport
