// What a Lease holds; for Store.
#pragma once

#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "store/directory.hpp"
#include "store/store.hpp"

namespace klinekeep::store {

/// Shows those who wait that the holder of a lease is at work: a thread that counts up, every five seconds, one number
/// in the lease file for each month. It stands as soon as the process does.
class Heart {
 public:
  /// `lock` must outlive it.
  Heart(LockFile& lock, std::shared_ptr<Pace> pace);
  /// From now on, for this month too.
  void add(std::int64_t slot);

 private:
  void beat(std::span<const std::int64_t> slots);
  void run(const std::stop_token& stop);

  LockFile& lock_;
  std::shared_ptr<Pace> pace_;
  std::mutex mutex_;  // over what follows
  std::vector<std::int64_t> slots_;
  std::jthread thread_;  // the last member: it ends first
};

class Lease::Impl {
 public:
  /// As Store::lease; none where no lock can be made.
  [[nodiscard]] static std::unique_ptr<Impl> take(const Directory& directory, const Series& series,
                                                  const std::vector<Month>& months, const Waiting& waiting);

  Impl(std::unique_ptr<LockFile> lock_file, std::shared_ptr<Pace> pace)
      : lock(std::move(lock_file)), heart(*lock, std::move(pace)) {}

  std::unique_ptr<LockFile> lock;
  Heart heart;
  bool waited = false;
};

}  // namespace klinekeep::store
