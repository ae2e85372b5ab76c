#include "interrupt.hpp"

#include <pthread.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "output/file_sink.hpp"

namespace klinekeep::cli {
namespace {

constexpr int kInterrupted = 130;
constexpr timespec kPatience{1, 0};
constexpr int kWakeUp = SIGUSR1;  // from our own destructor

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, kWakeUp}) sigaddset(&set, signal);
  return set;
}

}  // namespace

Interrupt::Interrupt() {
  signal(SIGPIPE, SIG_IGN);
  signal(SIGINT, SIG_DFL);  // a shell may have started us with SIGINT ignored, which sigwait would never see
  const sigset_t set = watched_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);  // inherited by every thread that comes later
  watcher_ = std::jthread{[this](const std::stop_token& end) { watch(end); }};
}

Interrupt::~Interrupt() {
  watcher_.request_stop();
  pthread_kill(watcher_.native_handle(), kWakeUp);
}

void Interrupt::watch(const std::stop_token& end) {
  const sigset_t set = watched_signals();
  int signal = 0;
  while (sigwait(&set, &signal) != 0 || (signal == kWakeUp && !end.stop_requested())) {
  }
  if (end.stop_requested()) return;
  stop_.request_stop();
  while (sigtimedwait(&set, nullptr, &kPatience) < 0 && errno == EINTR) {
  }
  if (end.stop_requested()) return;
  unlink_pending_outputs();
  _exit(kInterrupted);
}

}  // namespace klinekeep::cli
