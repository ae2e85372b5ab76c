// The handles, and with them the connections, that no transfer is using: those of all transports of the process.
#pragma once

#include <sys/types.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/idle.hpp"
#include "transport/curl_handle.hpp"

namespace klinekeep::transport {

/// Bounded: no more than 64, and no more than a sixteenth of the descriptors that the process may have; the one that
/// has been idle for the longest goes first. All go where something has run out. Thread-safe.
class IdleHandles {
 public:
  /// Never destroyed: transports may go as the process ends.
  [[nodiscard]] static IdleHandles& of_process();

  /// One of `owner`'s that is connected to `origin`; none where there is none.
  [[nodiscard]] std::unique_ptr<CurlHandle> take(const void* owner, const std::string& origin);
  void keep(const void* owner, std::unique_ptr<CurlHandle> handle);
  /// Ends the connections of `owner`.
  void drop(const void* owner);
  void drop_all();

 private:
  struct Idle {
    const void* owner;
    std::unique_ptr<CurlHandle> handle;
  };
  IdleHandles();
  /// The parent goes on using the connections: not even a goodbye may be sent on them. So the handles are leaked.
  void forget_after_fork();

  std::mutex mutex_;        // of what follows
  std::vector<Idle> idle_;  // the latest last
  pid_t process_;
  IdleKeeper keeper_;
};

}  // namespace klinekeep::transport
