#include "klinekeep/unified_cache_manager.hpp"

#include <arrow/table.h>

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <system_error>
#include <utility>

#include "core/checks.hpp"
#include "core/quote.hpp"
#include "frame/status.hpp"
#include "frame/table.hpp"
#include "store/inventory.hpp"
#include "store/limits.hpp"
#include "store/prune.hpp"
#include "store/scan.hpp"
#include "store/store.hpp"
#include "store/validate.hpp"

namespace klinekeep {
namespace {

using store::Part;
using store::PartitionKey;
using store::Saving;

constexpr int kOpenings = 100;  // each but the first: someone has just replaced, or damaged, what was opened

std::vector<std::size_t> all_columns() {
  std::vector<std::size_t> columns(kSchema.size());
  std::iota(columns.begin(), columns.end(), 0U);
  return columns;
}

/// The first part of the path that is there must be a directory, and so must be all of it.
void check_directory(const std::filesystem::path& directory) {
  for (std::filesystem::path part = directory; !part.empty(); part = part.parent_path()) {
    std::error_code problem;
    const std::filesystem::file_status status = std::filesystem::status(part, problem);
    if (status.type() == std::filesystem::file_type::directory) return;
    if (status.type() == std::filesystem::file_type::none) {
      throw CacheError(
          fmt::format("the cache directory {} cannot be used: {}", quote_path(directory.native()), problem.message()));
    }
    if (status.type() != std::filesystem::file_type::not_found) {
      throw CacheError(fmt::format("the cache directory {} cannot be used: {} is not a directory",
                                   quote_path(directory.native()), quote_path(part.native())));
    }
    if (part == part.parent_path()) return;
  }
}

}  // namespace

class UnifiedCacheManager::Impl {
 public:
  Impl(const std::filesystem::path& directory_or_default, Clock clock)
      : root(std::filesystem::absolute(directory_or_default.empty() ? store::default_root() : directory_or_default)),
        keep(root, store::real_files(), clock),
        directory{store::real_files(), store::Layout{root}, std::move(clock)} {}

  std::filesystem::path root;
  store::Store keep;
  store::Directory directory;
};

UnifiedCacheManager::UnifiedCacheManager(const std::filesystem::path& directory, Clock clock)
    : impl_(std::make_unique<Impl>(directory, std::move(clock))) {}

UnifiedCacheManager::~UnifiedCacheManager() = default;

const std::filesystem::path& UnifiedCacheManager::directory() const { return impl_->root; }

std::filesystem::path UnifiedCacheManager::path_of(MarketType market, const Symbol& symbol, Interval interval,
                                                   std::chrono::year_month month, const Upstream& upstream) const {
  return impl_->directory.layout.partition({{market, symbol, interval, Kind::klines, upstream}, month, Part::base});
}

CachedCandles UnifiedCacheManager::load(MarketType market, const Symbol& symbol, Interval interval,
                                        const TimeRange& range, const Upstream& upstream) const {
  check_interval(market, interval);
  check_directory(impl_->root);
  const Series series{market, symbol, interval, Kind::klines, upstream};
  const store::Filter any;
  const auto columns = all_columns();
  store::Snapshot snapshot = impl_->keep.snapshot(series, range);
  for (int i = 1; !snapshot.prove(range, columns, Verify::AUTO).empty() && i < kOpenings; ++i) {
    snapshot = impl_->keep.snapshot(series, range);
  }
  const store::Known known = snapshot.known(any);
  RangeSet covered = known.archive;
  covered.add(known.rest);
  auto table = arrow::Table::FromRecordBatches(frame::arrow_schema(), snapshot.rows(range, any, columns, false));
  frame::check_memory(table.status());
  if (!table.ok()) throw CacheError("the cached rows make no table: " + table.status().ToString());
  impl_->keep.touch(snapshot, range);
  covered = covered.intersect(range);
  return {*std::move(table), covered.ranges()};
}

std::vector<CacheEntry> UnifiedCacheManager::list(const CacheSelection& selection) const {
  check_directory(impl_->root);
  return store::take_stock(impl_->directory, selection, store::Catalogued::is_believed, Saving::if_possible);
}

std::vector<CachedSeries> UnifiedCacheManager::series(const CacheSelection& selection) const {
  check_directory(impl_->root);
  std::vector<CachedSeries> all;
  const store::Directory& directory = impl_->directory;
  for (const Series& each : store::scan_series(*directory.files, directory.layout, selection)) {
    all.push_back({each.market, each.symbol.text(), each.interval, each.kind, each.upstream});
  }
  return all;
}

std::vector<CacheFinding> UnifiedCacheManager::validate(const CacheSelection& selection) const {
  check_directory(impl_->root);
  std::vector<CacheFinding> findings;
  const store::Directory& directory = impl_->directory;
  for (const PartitionKey& key : store::scan(*directory.files, directory.layout, selection)) {
    for (std::string& what : store::validate_partition(directory, key)) {
      findings.push_back({key.series.market, key.series.symbol.text(), key.series.interval, key.month,
                          directory.layout.partition(key), std::move(what), key.series.kind, key.series.upstream});
    }
  }
  return findings;
}

std::size_t UnifiedCacheManager::reindex(std::stop_token stop) const {
  check_directory(impl_->root);
  return store::take_stock(impl_->directory, {}, store::Catalogued::is_nothing, Saving::must, {.stop = std::move(stop)})
      .size();
}

PruneResult UnifiedCacheManager::prune(const PruneLimits& limits) const {
  store::check_limits(limits, "");
  if (!limits.max_bytes && !limits.max_age) {
    throw InvalidRequest("what may stay? Without max_size and max_age nothing could go: give one of the two, or both");
  }
  const std::vector<CacheEntry> entries = list();
  PruneResult result;
  result.notes = store::doubts_of_use(impl_->directory);
  for (const CacheEntry& entry : entries) result.bytes_left += entry.bytes;
  for (const std::size_t index : store::to_prune(entries, limits, impl_->directory.clock())) {
    if (!store::remove_partition(impl_->directory, entries[index])) continue;
    result.bytes_left -= entries[index].bytes;
    result.removed.push_back(entries[index]);
  }
  if (!result.removed.empty()) static_cast<void>(list());
  return result;
}

}  // namespace klinekeep
