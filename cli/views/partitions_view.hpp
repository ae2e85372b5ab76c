// What `klinekeep cache ls` says. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "klinekeep/unified_cache_manager.hpp"
#include "output/terminal.hpp"

namespace klinekeep::cli {

/// A line for each partition and a total, for the eye: sizes and times in short. What does not fit goes: first the
/// times, then market, sizes and rows.
[[nodiscard]] std::string partitions_table(const std::vector<CacheEntry>& entries, const Screen& screen);

/// market,symbol,interval,month,rows,bytes,first,last: the last two are open_times in ISO 8601 UTC, empty where there
/// are no rows.
[[nodiscard]] std::string partitions_csv(const std::vector<CacheEntry>& entries);

/// An array of objects: the same, and path, used, and covered: the first and last open_time of each range that some
/// source has answered for good.
[[nodiscard]] std::string partitions_json(const std::vector<CacheEntry>& entries);

}  // namespace klinekeep::cli
