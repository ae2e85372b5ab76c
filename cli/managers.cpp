#include "managers.hpp"

#include <fmt/format.h>

#include <system_error>

#include "core/quote.hpp"
#include "klinekeep/errors.hpp"

namespace klinekeep::cli {
namespace {

namespace fs = std::filesystem;

/// The first part of the path that is there must be a directory, and so must be all of it.
void check_directory(const fs::path& directory) {
  for (fs::path part = directory; !part.empty(); part = part.parent_path()) {
    std::error_code problem;
    const fs::file_status status = fs::status(part, problem);
    if (status.type() == fs::file_type::directory) return;
    if (status.type() == fs::file_type::none) {
      throw CacheError(
          fmt::format("the cache directory {} cannot be used: {}", quote(directory.native()), problem.message()));
    }
    if (status.type() != fs::file_type::not_found) {
      throw CacheError(fmt::format("the cache directory {} cannot be used: {} is not a directory",
                                   quote(directory.native()), quote(part.native())));
    }
    if (part == part.parent_path()) return;
  }
}

}  // namespace

ManagerOptions manager_options(const Settings& settings, MarketType market) {
  ManagerOptions options;
  options.market_type = market;
  options.rest_client = std::make_shared<const EnhancedRetriever>(settings.rest);
  options.vision_client = std::make_shared<const VisionDataClient>(settings.vision);
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
  auto cache = std::make_unique<const UnifiedCacheManager>(settings.cache_dir);
  check_directory(cache->directory());
  return cache;
}

}  // namespace klinekeep::cli
