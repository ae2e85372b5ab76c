// What partitions there are, with the catalogue's help and without.
#pragma once

#include <vector>

#include "klinekeep/unified_cache_manager.hpp"
#include "store/directory.hpp"

namespace klinekeep::store {

/// Whether the catalogue is believed where it fits the file by size, mtime and inode.
enum class Catalogued : std::uint8_t { is_nothing, is_believed };
enum class Saving : std::uint8_t { if_possible, must };

/// The partitions of the selection, and the catalogue brought up to date with them. Opens those only of which the
/// catalogue is not believed. Only where the saving is a must, who writes the catalogue is waited for. Throws
/// CacheError.
[[nodiscard]] std::vector<CacheEntry> take_stock(const Directory& directory, const CacheSelection& selection,
                                                 Catalogued catalogued, Saving saving, const Waiting& waiting = {});

}  // namespace klinekeep::store
