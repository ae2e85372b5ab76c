// The connections that no transfer is using: those of all clients of the process.
#pragma once

#include <sys/types.h>

#include <list>
#include <mutex>

#include "core/idle.hpp"

namespace klinekeep::transport {

class CurlEngine;

/// How many connections may be idle in the process: no more than 160, and no more than an eighth of the descriptors
/// that it may have.
[[nodiscard]] std::size_t most_idle_connections();

/// Keeps the idle ones within that bound: those of the engine that has been idle for the longest go first. All go where
/// something has run out. Thread-safe.
class IdleEngines {
 public:
  /// Never destroyed: clients may go as the process ends.
  [[nodiscard]] static IdleEngines& of_process();

  void add(CurlEngine& engine);
  void remove(CurlEngine& engine);
  /// It has no transfer under way from now on.
  void is_idle(CurlEngine& engine);

 private:
  IdleEngines();
  void drop_all();
  /// The parent goes on using its connections.
  void forget_after_fork();

  std::mutex mutex_;                // of what follows
  std::list<CurlEngine*> engines_;  // the latest to be idle last
  pid_t process_;
  IdleKeeper keeper_;
};

}  // namespace klinekeep::transport
