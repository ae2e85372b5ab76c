// What lies under data/.
#pragma once

#include <vector>

#include "klinekeep/unified_cache_manager.hpp"
#include "store/files.hpp"
#include "store/names.hpp"

namespace klinekeep::store {

/// The upstreams of which there is a folder, Binance first: those that the selection means.
[[nodiscard]] std::vector<Upstream> scan_upstreams(Files& files, const Layout& layout, const CacheSelection& selection);

/// The markets of those, that the selection means.
[[nodiscard]] std::vector<Market> scan_markets(Files& files, const Layout& layout, const CacheSelection& selection);

/// The partition files of the selection, by series, month, base before tail. Names that are not ours
/// are passed over. Throws FileError.
[[nodiscard]] std::vector<PartitionKey> scan(Files& files, const Layout& layout, const CacheSelection& selection);

/// The series of the selection, but for its month, of which there is a partition or series.json, in order. Throws
/// FileError.
[[nodiscard]] std::vector<Series> scan_series(Files& files, const Layout& layout, const CacheSelection& selection);

/// Whether a partition of `key` is meant.
[[nodiscard]] bool selected(const CacheSelection& selection, const PartitionKey& key);

}  // namespace klinekeep::store
