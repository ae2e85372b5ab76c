#include "klinekeep/unified_cache_manager.hpp"

#include <arrow/table.h>

#include <algorithm>
#include <numeric>

#include "core/checks.hpp"
#include "frame/table.hpp"
#include "store/catalogue.hpp"
#include "store/prune.hpp"
#include "store/scan.hpp"
#include "store/store.hpp"
#include "store/validate.hpp"

namespace klinekeep {
namespace {

using store::Catalogue;
using store::CatalogueEntry;
using store::Part;
using store::PartitionKey;

constexpr int kTries = 100;  // each but the last has moved a damaged partition aside

std::vector<std::size_t> all_columns() {
  std::vector<std::size_t> columns(kSchema.size());
  std::iota(columns.begin(), columns.end(), 0U);
  return columns;
}

/// Base and tail as the one partition that they are to everybody else.
class Entries {
 public:
  explicit Entries(const store::Layout& layout) : layout_(layout) {}

  void add(const PartitionKey& key, const CatalogueEntry& about, std::int64_t bytes, Timestamp used) {
    if (key.part == Part::base || last_ != std::pair{key.series, key.month}) {
      entries_.push_back({key.series.market, key.series.symbol.text(), key.series.interval, key.month,
                          layout_.partition(key), bytes, about.rows, about.first, about.last, about.covered, used});
      last_ = std::pair{key.series, key.month};
      base_end_ = about.end;
      return;
    }
    CacheEntry& entry = entries_.back();
    entry.bytes += bytes;
    entry.used = std::max(entry.used, used);
    if (about.begin < base_end_) return;  // the base holds it already
    entry.rows += about.rows;
    if (!entry.first) entry.first = about.first;
    if (about.last) entry.last = about.last;
    RangeSet covered;
    for (const TimeRange& range : entry.covered) covered.add(range);
    for (const TimeRange& range : about.covered) covered.add(range);
    entry.covered = covered.ranges();
  }
  std::vector<CacheEntry> take() { return std::move(entries_); }

 private:
  const store::Layout& layout_;
  std::vector<CacheEntry> entries_;
  std::optional<std::pair<Series, store::Month>> last_;
  Timestamp base_end_;
};

}  // namespace

class UnifiedCacheManager::Impl {
 public:
  Impl(const std::filesystem::path& directory_or_default, Clock clock)
      : root(std::filesystem::absolute(directory_or_default.empty() ? store::default_root() : directory_or_default)),
        keep(root, store::real_files(), clock),
        directory{store::real_files(), store::Layout{root}, std::move(clock)} {}

  /// Reads what a partition says of itself; none where it cannot, or of a newer format.
  std::optional<CatalogueEntry> look_into(const PartitionKey& key) const {
    const auto path = directory.layout.partition(key);
    auto file = directory.files->open(path);
    if (!file) return std::nullopt;
    const auto opened = store::Partition::open(std::move(file), path, key);
    const auto* const partition = std::get_if<std::shared_ptr<store::Partition>>(&opened);
    if (partition == nullptr) return std::nullopt;
    return store::entry_of((*partition)->footer(), key.series.interval, (*partition)->stat());
  }

  enum class Trust : std::uint8_t { nothing, what_matches };

  /// The partitions, and the catalogue brought up to date with them.
  std::vector<CacheEntry> list(const CacheSelection& selection, Trust trust, bool must_save) const {
    Entries entries{directory.layout};
    for (const MarketType market : kMarkets) {
      if (selection.market && *selection.market != market) continue;
      const Catalogue before = store::load_catalogue(directory, market);
      Catalogue after = before;
      std::erase_if(after, [&](const auto& each) {
        const auto key = store::parse_catalogue_path(market, each.first);
        return !key || store::selected(selection, *key);
      });
      CacheSelection here = selection;
      here.market = market;
      for (const PartitionKey& key : store::scan(*directory.files, directory.layout, here)) {
        const auto stat = directory.files->stat(directory.layout.partition(key));
        if (!stat) continue;
        const auto path = store::catalogue_path(key);
        const auto known = before.find(path);
        const bool is_so = known != before.end() && known->second.is_of(*stat);
        std::optional<CatalogueEntry> about;
        if (is_so && trust == Trust::what_matches) about = known->second;
        if (!about) about = look_into(key);
        if (!about && known != before.end()) about = known->second;  // a hint for who repairs it
        entries.add(key, about.value_or(CatalogueEntry{}), stat->size, store::last_used(*stat));
        if (about) after.insert_or_assign(path, *std::move(about));
      }
      if (after != before) save(market, after, must_save);
    }
    return entries.take();
  }

  void save(MarketType market, const Catalogue& catalogue, bool must_save) const {
    try {
      store::save_catalogue(directory, market, catalogue, must_save);
    } catch (const store::FileError&) {
      if (must_save) throw;
    }
  }

  std::filesystem::path root;
  store::Store keep;
  store::Directory directory;
};

UnifiedCacheManager::UnifiedCacheManager(std::filesystem::path directory, Clock clock)
    : impl_(std::make_unique<Impl>(directory, std::move(clock))) {}

UnifiedCacheManager::~UnifiedCacheManager() = default;

const std::filesystem::path& UnifiedCacheManager::directory() const { return impl_->root; }

std::filesystem::path UnifiedCacheManager::path_of(MarketType market, const Symbol& symbol, Interval interval,
                                                   std::chrono::year_month month) const {
  return impl_->directory.layout.partition({{market, symbol, interval}, month, Part::base});
}

CachedCandles UnifiedCacheManager::load(MarketType market, const Symbol& symbol, Interval interval,
                                        const TimeRange& range) const {
  check_interval(market, interval);
  const Series series{market, symbol, interval};
  const store::Filter any;
  const auto columns = all_columns();
  for (int i = 0; i < kTries; ++i) {
    store::Snapshot snapshot = impl_->keep.snapshot(series, range);
    if (!snapshot.prove(range, columns, store::Verify::first_use).empty()) continue;
    const store::Known known = snapshot.known(any);
    RangeSet covered = known.archive;
    covered.add(known.rest);
    auto table = arrow::Table::FromRecordBatches(frame::arrow_schema(), snapshot.rows(range, any, columns, false));
    if (!table.ok()) throw CacheError("cache: " + table.status().ToString());
    impl_->keep.touch(snapshot, range);
    covered = covered.intersect(range);
    return {*std::move(table), covered.ranges()};
  }
  throw CacheError("cache: partitions of " + symbol.text() + " are damaged as fast as they are made");
}

std::vector<CacheEntry> UnifiedCacheManager::list(const CacheSelection& selection) const {
  return impl_->list(selection, Impl::Trust::what_matches, false);
}

std::vector<CacheEntry> UnifiedCacheManager::remembered(const CacheSelection& selection) const {
  Entries entries{impl_->directory.layout};
  for (const MarketType market : kMarkets) {
    std::vector<std::pair<PartitionKey, CatalogueEntry>> here;
    for (const auto& [path, about] : store::load_catalogue(impl_->directory, market)) {
      const auto key = store::parse_catalogue_path(market, path);
      if (key && store::selected(selection, *key)) here.emplace_back(*key, about);
    }
    std::ranges::sort(here, {},
                      [](const auto& each) { return std::tie(each.first.series, each.first.month, each.first.part); });
    for (const auto& [key, about] : here) {
      const std::chrono::nanoseconds modified{about.modified_ns};
      entries.add(key, about, about.size, Timestamp{std::chrono::floor<std::chrono::seconds>(modified)});
    }
  }
  return entries.take();
}

std::vector<CacheFinding> UnifiedCacheManager::validate(const CacheSelection& selection) const {
  std::vector<CacheFinding> findings;
  const store::Directory& directory = impl_->directory;
  for (const PartitionKey& key : store::scan(*directory.files, directory.layout, selection)) {
    for (std::string& what : store::validate_partition(directory, key)) {
      findings.push_back({key.series.market, key.series.symbol.text(), key.series.interval, key.month,
                          directory.layout.partition(key), std::move(what)});
    }
  }
  return findings;
}

std::size_t UnifiedCacheManager::reindex() const { return impl_->list({}, Impl::Trust::nothing, true).size(); }

PruneResult UnifiedCacheManager::prune(const PruneLimits& limits) const {
  const std::vector<CacheEntry> entries = list();
  PruneResult result;
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
