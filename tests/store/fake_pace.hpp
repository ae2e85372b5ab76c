// Time for who waits, that passes as fast as he asks for it.
#pragma once

#include <functional>
#include <mutex>
#include <utility>

#include "store/waiting.hpp"

namespace klinekeep::store {

class FakePace final : public Pace {
 public:
  /// Called after each pause, with how long has been waited in all.
  using Hook = std::function<void(std::chrono::nanoseconds)>;
  explicit FakePace(Hook hook = {}) : hook_(std::move(hook)) {}

  [[nodiscard]] std::chrono::nanoseconds now() const override {
    const std::scoped_lock lock{mutex_};
    return now_;
  }
  /// A holder's heart gets no time of its own: it would let it run away from who waits.
  void pause(std::chrono::milliseconds time, const std::stop_token& stop) override {
    if (time >= std::chrono::seconds{5}) return real_pace()->pause(std::chrono::hours{1}, stop);
    {
      const std::scoped_lock lock{mutex_};
      now_ += time;
    }
    if (hook_) hook_(now());
  }

 private:
  Hook hook_;
  mutable std::mutex mutex_;
  std::chrono::nanoseconds now_{0};
};

}  // namespace klinekeep::store
