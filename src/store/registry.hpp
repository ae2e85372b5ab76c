// Open partitions, kept hot for the process, so that one is neither opened nor proven again at each use.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "store/partition.hpp"

namespace klinekeep::store {

/// What came of opening a partition. Missing: neither.
struct Opened {
  std::shared_ptr<Partition> partition;
  std::optional<Refusal> refusal;
  FileStat stat{};  // of the file that was refused
};

/// Bounded: the least recently used one is let go, and lives as long as someone reads it. Thread-safe.
class Registry {
 public:
  explicit Registry(std::size_t capacity) : capacity_(capacity) {}
  /// The one of the process. It keeps open a quarter of the files that the process may have open, within 64 and 1024:
  /// a range of more months than that would be opened and proven anew each time.
  [[nodiscard]] static Registry& of_process();

  /// The partition at `path` as it is now; one that was found damaged stays refused. Throws FileError.
  [[nodiscard]] Opened open(const std::shared_ptr<Files>& files, const std::filesystem::path& path,
                            const PartitionKey& key);
  /// Closes a partition that has been removed, so that the disk gets its space back once nobody reads it.
  void forget(const Files& files, const std::filesystem::path& path);
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
};

}  // namespace klinekeep::store
