#include "messages.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace klinekeep::cli {
namespace {

constexpr auto kRedrawAfter = std::chrono::milliseconds{100};

}  // namespace

void complain(std::string_view text) {
  // The result does not matter: there is nowhere left to complain to.
  const std::string line = fmt::format("klinekeep: {}\n", text);
  [[maybe_unused]] const std::size_t written = std::fwrite(line.data(), 1, line.size(), stderr);
}

ProgressLine::ProgressLine(bool wanted) : wanted_(wanted), enabled_(wanted && isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine() { clear(); }

void ProgressLine::show(const Progress& progress) {
  if (!wanted_) return;
  const std::scoped_lock lock{mutex_};
  if (!progress.waiting.empty()) {
    clear_line();
    complain(progress.waiting);
  }
  if (!enabled_ || progress.steps_expected == 0) return;  // before the first plan nothing is known
  const auto now = std::chrono::steady_clock::now();
  if (now - last_ < kRedrawAfter) return;
  last_ = now;
  shown_ = true;
  fmt::print(stderr, "\r\x1b[K{} of {} done, {:.1f} MB", progress.steps_done, progress.steps_expected,
             static_cast<double>(progress.bytes) / 1e6);
  std::fflush(stderr);
}

void ProgressLine::clear() {
  const std::scoped_lock lock{mutex_};
  clear_line();
}

void ProgressLine::clear_line() {
  if (!shown_) return;
  fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
  shown_ = false;
}

}  // namespace klinekeep::cli
