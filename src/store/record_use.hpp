#pragma once

#include <cstdint>

namespace klinekeep::store {

/// Whether a read is recorded, by an access time, for what goes first when the cache is too large.
enum class RecordUse : std::uint8_t {
  where_cheap,  // not on overlayfs, which copies the whole partition for that
  everywhere,   // for who keeps limits
};

}  // namespace klinekeep::store
