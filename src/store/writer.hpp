// Content into the bytes of a partition.
#pragma once

#include "store/content.hpp"
#include "store/files.hpp"
#include "store/names.hpp"

namespace klinekeep::store {

/// Writes a whole partition to `file`, without syncing it. The same content makes the same bytes. Throws FileError, or
/// std::logic_error when the content breaks the format's rules, in which case nothing of use has been written.
void write_partition(WriteFile& file, const PartitionKey& key, const Candles& rows, const Coverage& coverage);
inline void write_partition(WriteFile& file, const PartitionKey& key, const Content& content) {
  write_partition(file, key, content.rows, content.coverage);
}

}  // namespace klinekeep::store
