// Keeping a cache within its limits, at the end of each request that has written: cheap while there is nothing to do.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "klinekeep/unified_cache_manager.hpp"
#include "store/directory.hpp"

namespace klinekeep::store {

/// usage.json: what was found when all partitions were last looked at, and what was written since by those who keep
/// limits. Derived, and only as good as that; so it is counted anew within the hour.
struct Usage {
  std::int64_t bytes = 0;
  Timestamp oldest_use = kEndOfTime;  // none of them was last used before
  Timestamp counted_at = kBeginOfTime;

  friend bool operator==(const Usage&, const Usage&) = default;
};

[[nodiscard]] std::string to_json(const Usage& usage);
/// None for rubbish.
[[nodiscard]] std::optional<Usage> parse_usage(std::string_view text);

/// Throws InvalidRequest for limits that cannot be, naming the one that is wrong with `prefix` before it. Pure.
void check_limits(const PruneLimits& limits, std::string_view prefix);

/// Whether the partitions need not be looked at. Pure.
[[nodiscard]] bool is_within(const Usage& usage, const PruneLimits& limits, Timestamp now);

/// As Store::keep_within.
[[nodiscard]] std::optional<PruneResult> keep_within(const Directory& directory, const PruneLimits& limits,
                                                     std::int64_t bytes_grown, const Waiting& waiting);

}  // namespace klinekeep::store
