// The library's objects, as the settings want them: the one place where commands get theirs.
#pragma once

#include <map>
#include <memory>

#include "klinekeep/data_source_manager.hpp"
#include "klinekeep/unified_cache_manager.hpp"
#include "settings.hpp"

namespace klinekeep::cli {

[[nodiscard]] ManagerOptions manager_options(const Settings& settings, MarketType market);

/// A manager for each market that is asked for. Used by one thread.
class Managers {
 public:
  /// `settings` outlive it.
  explicit Managers(const Settings& settings) : settings_(settings) {}

  [[nodiscard]] const DataSourceManager& of(MarketType market);

 private:
  const Settings& settings_;
  std::map<MarketType, std::unique_ptr<const DataSourceManager>> made_;
};

/// The cache directory as its keeper sees it: by the machine's clock, as --now is for requests only.
[[nodiscard]] std::unique_ptr<const UnifiedCacheManager> open_cache(const Settings& settings);

}  // namespace klinekeep::cli
