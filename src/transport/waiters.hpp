// Calls that wait for their turn, and can be stopped meanwhile.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>

namespace klinekeep::transport {

/// In the order in which they came. Thread-safe. Nothing is called back under a lock; who waits is called back once:
/// by whoever takes it, with false, or with true when its stop is requested.
class Waiters {
 public:
  using GoOn = std::function<void(bool is_stopped)>;
  class Waiter;

  /// The last one from now on. It cannot be stopped before it is armed, so that this may be called under a lock.
  [[nodiscard]] std::shared_ptr<Waiter> add(GoOn go_on);
  /// Lets a stop call it back: at once, when it was requested before. Without any lock.
  void arm(const std::shared_ptr<Waiter>& waiter, std::stop_token stop);

  /// Those that were taken out, in their order. Taking needs no memory.
  class Taken {
   public:
    [[nodiscard]] bool empty() const { return waiters_.empty(); }
    /// Calls the first of them, and drops it. Without any lock.
    void call_first();

   private:
    friend class Waiters;
    std::list<std::shared_ptr<Waiter>> waiters_;
  };
  /// Moves the first one to the end of `taken`: false where nobody waits.
  [[nodiscard]] bool take_first(Taken& taken);
  [[nodiscard]] Taken take_all();

 private:
  [[nodiscard]] GoOn take(const Waiter* waiter);

  std::mutex mutex_;  // of what follows
  std::list<std::shared_ptr<Waiter>> waiting_;
};

}  // namespace klinekeep::transport
