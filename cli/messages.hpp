// What goes to stderr: notes, warnings, errors and progress, never data.
#pragma once

#include <chrono>
#include <mutex>
#include <string_view>

#include "klinekeep/client_options.hpp"

namespace klinekeep::cli {

/// One line, `klinekeep: <text>`.
void complain(std::string_view text);

/// A line that is rewritten in place while a fetch runs; only on a terminal, gone when the work is done. What is waited
/// for is a line of its own, wherever stderr goes. Thread-safe.
class ProgressLine {
 public:
  explicit ProgressLine(bool wanted);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const Progress& progress);
  void clear();

 private:
  void clear_line();

  bool wanted_;
  bool enabled_;
  std::mutex mutex_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point last_{};
};

}  // namespace klinekeep::cli
