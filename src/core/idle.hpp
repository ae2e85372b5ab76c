// What this process keeps only to be faster next time (connections, mappings), given back where something has run out.
#pragma once

#include <functional>
#include <list>

namespace klinekeep {

/// Somebody who keeps what is idle, for as long as this lives. Thread-safe.
class IdleKeeper {
 public:
  /// `give_back` lets go of all that nobody is using. It is called from any thread, by one at a time, and must neither
  /// throw nor make or destroy a keeper.
  explicit IdleKeeper(std::function<void()> give_back);
  ~IdleKeeper();
  IdleKeeper(const IdleKeeper&) = delete;
  IdleKeeper& operator=(const IdleKeeper&) = delete;

 private:
  std::list<std::function<void()>>::iterator place_;
};

/// Has all keepers of the process let go: whoever runs out needs what another layer keeps as well as its own.
void give_back_idle();

}  // namespace klinekeep
