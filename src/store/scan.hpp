// What lies under data/.
#pragma once

#include <vector>

#include "klinekeep/unified_cache_manager.hpp"
#include "store/files.hpp"
#include "store/names.hpp"

namespace klinekeep::store {

/// The partition files of the selection, by market, symbol, interval, month, base before tail. Names that are not ours
/// are passed over. Throws FileError.
[[nodiscard]] std::vector<PartitionKey> scan(Files& files, const Layout& layout, const CacheSelection& selection);

/// The series of the selection, but for its month, of which there is a partition or series.json: by market, symbol and
/// interval. Throws FileError.
[[nodiscard]] std::vector<Series> scan_series(Files& files, const Layout& layout, const CacheSelection& selection);

/// Whether a partition of `key` is meant.
[[nodiscard]] bool selected(const CacheSelection& selection, const PartitionKey& key);

}  // namespace klinekeep::store
