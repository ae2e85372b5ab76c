// Ctrl-C, and the signals like it.
#pragma once

#include <stop_token>
#include <thread>

namespace klinekeep::cli {

/// While it lives, SIGINT, SIGTERM and SIGHUP ask the work to stop. Work that does not end within a second, or a second
/// signal, ends the process at once with 130, after the files that were being written are removed. Make one, first
/// thing in main, before any other thread. SIGPIPE is ignored from then on, so that writes report it.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  [[nodiscard]] std::stop_token token() const { return stop_.get_token(); }

 private:
  void watch(const std::stop_token& end);

  std::stop_source stop_;
  std::jthread watcher_;
};

}  // namespace klinekeep::cli
