// Which partitions go, and their removal.
#pragma once

#include <string>
#include <vector>

#include "klinekeep/unified_cache_manager.hpp"
#include "store/directory.hpp"

namespace klinekeep::store {

/// Indices into `entries` of those that the limits let go, in the order to remove them. Pure.
[[nodiscard]] std::vector<std::size_t> to_prune(const std::vector<CacheEntry>& entries, const PruneLimits& limits,
                                                Timestamp now);

/// Removes base and tail under the month's commit lock; returns false, and removes nothing, where that is held or the
/// partition was used after `entry` was made. Throws FileError.
[[nodiscard]] bool remove_partition(const Directory& directory, const CacheEntry& entry);

/// When the files of a month were last written, or last read, to an hour; none where there are none. Throws FileError.
[[nodiscard]] std::optional<Timestamp> last_used(const Directory& directory, const Series& series, Month month);

/// The same of one file.
[[nodiscard]] Timestamp last_used(const FileStat& stat);

/// Why the cache may have been read later than its files say, a sentence each; empty where it was not.
[[nodiscard]] std::vector<std::string> doubts_of_use(const Directory& directory);

}  // namespace klinekeep::store
