#include "managers.hpp"

namespace klinekeep::cli {

ManagerOptions manager_options(const Settings& settings, MarketType market) {
  ManagerOptions options;
  options.market_type = market;
  options.upstream = settings.upstream;
  options.rest_options = settings.rest;
  options.vision_options = settings.vision;
  options.cache_dir = settings.cache_dir;
  options.cache_max_size = settings.cache_max_size;
  options.cache_max_age = settings.cache_max_age;
  if (settings.now_given) options.clock = [now = settings.now] { return now; };
  return options;
}

const DataSourceManager& Managers::of(MarketType market) {
  auto& manager = made_[market];
  if (!manager) manager = std::make_unique<const DataSourceManager>(manager_options(settings_, market));
  return *manager;
}

std::unique_ptr<const UnifiedCacheManager> open_cache(const Settings& settings) {
  return std::make_unique<const UnifiedCacheManager>(settings.cache_dir);
}

}  // namespace klinekeep::cli
