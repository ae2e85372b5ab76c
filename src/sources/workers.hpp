// Threads for what takes the processor's time, shared by all requests of the process.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace klinekeep::sources {

/// As many as there are cores, and no longer than somebody has work for them. Who has work takes turns, so that none
/// waits until another has done all of its own. Thread-safe.
class Workers {
 public:
  class Task {
   public:
    virtual ~Task() = default;
    virtual void run() noexcept = 0;
  };
  /// Somebody who has work.
  class Source {
   public:
    virtual ~Source() = default;
    /// What is to be done next; none where there is nothing. Needs no memory, as nobody could be told that there is
    /// none.
    [[nodiscard]] virtual std::shared_ptr<Task> take_task() noexcept = 0;
  };

  /// Never destroyed: requests may end as the process does.
  [[nodiscard]] static Workers& of_process();

  void add(Source& source);
  /// Nothing is taken from it any more; what was taken may still be under way.
  void remove(Source& source);
  /// There is work. Where no thread can be had, nobody does it.
  void wake() noexcept;

 private:
  Workers() : process_(::getpid()) {}
  void work(int generation);
  [[nodiscard]] std::shared_ptr<Task> next();

  const pid_t process_;
  std::mutex mutex_;  // of what follows
  std::condition_variable changed_;
  std::list<Source*> sources_;  // whose turn is next first
  std::vector<std::jthread> threads_;
  std::size_t idle_ = 0;
  int generation_ = 0;  // of the threads: those of another one end
};

}  // namespace klinekeep::sources
