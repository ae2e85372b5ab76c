// How many transfers this process has under way at once, so that they leave descriptors to the rest of it.
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <stop_token>

namespace klinekeep::transport {

/// A transfer holds four descriptors at most: half of what the process may open is theirs. Thread-safe.
class Traffic {
 public:
  enum class Wish : std::uint8_t { among_others, alone };

  /// Leave to have one transfer under way, for as long as it lives.
  class Pass {
   public:
    Pass(Traffic& traffic, Wish wish, pid_t process) : traffic_(traffic), wish_(wish), process_(process) {}
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;
    ~Pass() { traffic_.leave(wish_, process_); }

   private:
    Traffic& traffic_;
    Wish wish_;
    pid_t process_;
  };

  /// Never destroyed: transfers may end as the process does.
  [[nodiscard]] static Traffic& of_process();

  /// Waits until there is room; with `alone`, until no other transfer of the process is under way, and none begins
  /// until this one has ended: who ran out among others has all that they had. None after a stop.
  void enter(Wish wish, const std::stop_token& stop, std::optional<Pass>& pass);

 private:
  void leave(Wish wish, pid_t process);
  /// A child has none of its parent's transfers.
  void forget_after_fork();

  std::mutex mutex_;  // of what follows
  std::condition_variable_any changed_;
  std::size_t under_way_ = 0;
  bool is_closed_ = false;  // for one that is alone, or waits to be
  pid_t process_;
  Traffic();
};

}  // namespace klinekeep::transport
