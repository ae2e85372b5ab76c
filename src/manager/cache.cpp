#include "manager/cache.hpp"

#include <fmt/format.h>

#include "klinekeep/errors.hpp"
#include "store/limits.hpp"

namespace klinekeep::manager {

Cache::Cache(const ManagerOptions& options) : limits_{options.cache_max_size, options.cache_max_age} {
  store::check_limits(limits_, "cache_");
  try {
    const bool is_limited = limits_.max_bytes || limits_.max_age;
    store_.emplace(options.cache_dir.empty() ? store::default_root() : options.cache_dir, store::real_files(),
                   system_now, is_limited ? store::RecordUse::everywhere : store::RecordUse::where_cheap);
  } catch (const CacheError& error) {
    why_none_ = error.what();
  }
}

const store::Store& Cache::or_throw() const {
  if (!store_) throw CacheError(why_none_);
  return *store_;
}

std::optional<std::string> Cache::keep_within_limits(const Retrieval& retrieval, const std::stop_token& stop) const {
  if (!retrieval.wrote()) return std::nullopt;
  try {
    const auto pruned = or_throw().keep_within(limits_, retrieval.bytes_grown(), {.stop = stop});
    if (!pruned || pruned->removed.empty()) return std::nullopt;
    return fmt::format("the cache is kept within its limits: {} least recently used partition{} removed, {} bytes left",
                       pruned->removed.size(), pruned->removed.size() == 1 ? "" : "s", pruned->bytes_left);
  } catch (const CacheError& error) {
    return fmt::format("the cache could not be kept within its limits: {}", error.what());
  }
}

}  // namespace klinekeep::manager
