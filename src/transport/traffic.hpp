// How many transfers this process has under way at once, so that they leave descriptors to the rest of it.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>

namespace klinekeep::transport {

/// A transfer holds four descriptors at most: half of what the process may open is theirs. Thread-safe; never waits.
class Traffic {
 public:
  enum class Wish : std::uint8_t { among_others, alone };
  /// Whoever has transfers: `wake` is called, on any thread and without a lock, when it may be worth to try again.
  struct Party {
    std::function<void()> wake;
  };

  /// Never destroyed: transfers may end as the process does.
  [[nodiscard]] static Traffic& of_process();

  /// Whether a transfer of `party` may begin now. With `alone`, not before no other transfer of the process is under
  /// way, and once it has been asked for none begins before it: who ran out among others has all that they had. What
  /// is refused is asked for again when the party is woken, or given up.
  [[nodiscard]] bool enter(Wish wish, const Party& party);
  void leave(Wish wish);
  /// Whether one is alone, or waits to be: who waits for something else than its host gives way.
  [[nodiscard]] bool is_closed();
  /// The party asks no more for what it was refused.
  void give_up(const Party& party);

 private:
  Traffic();
  [[nodiscard]] bool has_room(Wish wish, const Party& party) const;
  /// A child has none of its parent's transfers.
  void forget_after_fork();

  std::mutex mutex_;  // of what follows
  std::size_t under_way_ = 0;
  const Party* closed_for_ = nullptr;  // whose transfer is alone, or waits to be
  std::map<const Party*, std::function<void()>> refused_;
  pid_t process_;
};

}  // namespace klinekeep::transport
