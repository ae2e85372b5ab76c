// Mapped partitions, kept hot for the process, so that one is neither opened nor proven again at each use.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "store/partition.hpp"

namespace klinekeep::store {

/// Bounded: the least recently used one is let go, and lives as long as someone reads it. Thread-safe.
class Registry {
 public:
  Registry(std::size_t capacity, std::size_t proofs) : capacity_(capacity), proofs_(proofs) {}
  /// The one of the process. It keeps up to half of the mappings that the process may have, and no more than 16,384:
  /// with what is known of them, some 10 KB each. What was proven of 131,072 files is known beyond that.
  [[nodiscard]] static Registry& of_process();

  /// The partition at `path` as it is now; one that was found damaged stays refused. Throws FileError, or
  /// bad_alloc, where something has run out also without what is idle here.
  [[nodiscard]] Opened open(const std::shared_ptr<Files>& files, const std::filesystem::path& path,
                            const PartitionKey& key);
  /// Lets go of a partition that has been removed, so that the disk gets its space back once nobody reads it.
  void forget(const Files& files, const std::filesystem::path& path);
  /// Lets go of all that nobody else holds.
  void drop_idle();
  [[nodiscard]] std::size_t size() const;

 private:
  using Key = std::pair<const Files*, std::string>;
  struct Entry {
    std::shared_ptr<Files> files;  // so that its address is not used again
    std::shared_ptr<Partition> partition;
    std::list<Key>::iterator place;
  };
  std::shared_ptr<Partition> find(const Key& key, const FileStat& stat);
  void keep(const Key& key, const std::shared_ptr<Files>& files, const std::shared_ptr<Partition>& partition);

  std::size_t capacity_;
  mutable std::mutex mutex_;
  std::map<Key, Entry> entries_;
  std::list<Key> used_;  // the latest first
  Proofs proofs_;
  IdleKeeper keeper_{[this] { drop_idle(); }};
};

}  // namespace klinekeep::store
