// How one waits for what others hold: stoppably, and not in silence.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

namespace klinekeep::store {

/// How time passes for who waits; tests let it pass by themselves. Thread-safe.
class Pace {
 public:
  virtual ~Pace() = default;
  /// Of a clock that only goes forward.
  [[nodiscard]] virtual std::chrono::nanoseconds now() const = 0;
  /// Returns when so much time has passed, or as soon as `stop` is requested.
  virtual void pause(std::chrono::milliseconds time, const std::stop_token& stop) = 0;
};

[[nodiscard]] std::shared_ptr<Pace> real_pace();

/// Who waits.
struct Waiting {
  std::stop_token stop = {};  // ends the wait, with Cancelled
  /// Told a sentence, once for each wait that lasts a second. May be called from any thread.
  std::function<void(const std::string&)> tell = {};
};

/// One wait: call `pause` again and again until what is waited for has come.
class Wait {
 public:
  /// `pace` and `waiting` must outlive it. `sentence` says what is waited for.
  Wait(Pace& pace, const Waiting& waiting, std::string sentence);
  /// Pauses for a moment. Throws Cancelled.
  void pause();
  /// How long it has lasted. While this process was stopped itself, it did not wait.
  [[nodiscard]] std::chrono::nanoseconds lasted() const { return lasted_; }

 private:
  Pace& pace_;
  const Waiting& waiting_;
  std::string sentence_;  // empty once it was told
  std::chrono::milliseconds step_{1};
  std::chrono::nanoseconds lasted_{0};
};

}  // namespace klinekeep::store
