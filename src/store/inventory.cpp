#include "store/inventory.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "store/catalogue.hpp"
#include "store/prune.hpp"
#include "store/registry.hpp"
#include "store/scan.hpp"

namespace klinekeep::store {
namespace {

/// Base and tail as the one partition that they are to everybody else.
class Entries {
 public:
  void add(const PartitionKey& key, std::filesystem::path path, const CatalogueEntry& about, std::int64_t bytes,
           Timestamp used) {
    if (key.part == Part::base || last_ != std::pair{key.series, key.month}) {
      entries_.push_back({key.series.market, key.series.symbol.text(), key.series.interval, key.month, std::move(path),
                          bytes, about.rows, about.first, about.last, about.covered, used, key.series.kind,
                          key.series.upstream});
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
  std::vector<CacheEntry> entries_;
  std::optional<std::pair<Series, Month>> last_;
  Timestamp base_end_;
};

/// Reads what a partition says of itself; none where it cannot, or of a newer format.
std::optional<CatalogueEntry> look_into(const Directory& directory, const PartitionKey& key,
                                        const std::filesystem::path& path) {
  const Opened opened = with_room([&] { return Partition::open(directory.files, path, key); });
  if (!opened.partition) return std::nullopt;
  return entry_of(opened.partition->footer(), key.series.interval, opened.partition->stat());
}

/// Paths of partitions that come series by series; making each from the root costs more than the look at its file.
class Paths {
 public:
  explicit Paths(const Layout& layout) : layout_(layout) {}
  std::filesystem::path of(const PartitionKey& key) {
    if (series_ != key.series) {
      series_ = key.series;
      folder_ = layout_.series_folder(key.series);
    }
    return folder_ / partition_name(key.month, key.part);
  }

 private:
  const Layout& layout_;
  std::optional<Series> series_;
  std::filesystem::path folder_;
};

void save(const Directory& directory, const Market& market, const Catalogue& catalogue, Saving saving,
          const Waiting& waiting) {
  try {
    save_catalogue(directory, market, catalogue, saving == Saving::must ? &waiting : nullptr);
  } catch (const FileError&) {
    if (saving == Saving::must) throw;
  }
}

/// What of the catalogue is not about the selection.
Catalogue others(const Catalogue& catalogue, const Market& market, const CacheSelection& selection) {
  if (!selection.symbol && !selection.interval && !selection.month && !selection.kind) return {};
  Catalogue left;
  for (const auto& each : catalogue) {
    const auto key = parse_catalogue_path(market, each.first);
    if (key && !selected(selection, *key)) left.insert(left.end(), each);
  }
  return left;
}

}  // namespace

std::vector<CacheEntry> take_stock(const Directory& directory, const CacheSelection& selection, Catalogued catalogued,
                                   Saving saving, const Waiting& waiting) {
  Entries entries;
  Paths paths{directory.layout};
  for (const Market& market : scan_markets(*directory.files, directory.layout, selection)) {
    CacheSelection here = selection;
    here.market = market.type;
    here.upstream = market.upstream;
    const Catalogue before = load_catalogue(directory, market);
    Catalogue after = others(before, market, selection);
    for (const PartitionKey& key : scan(*directory.files, directory.layout, here)) {
      auto file = paths.of(key);
      const auto stat = directory.files->stat(file);
      if (!stat) continue;
      const auto path = catalogue_path(key);
      const auto known = before.find(path);
      const bool is_so = known != before.end() && known->second.is_of(*stat);
      std::optional<CatalogueEntry> about;
      if (is_so && catalogued == Catalogued::is_believed) about = known->second;
      if (!about) about = look_into(directory, key, file);
      if (!about && known != before.end()) about = known->second;  // a hint for who repairs it
      entries.add(key, std::move(file), about.value_or(CatalogueEntry{}), stat->size, last_used(*stat));
      if (about) after.insert_or_assign(path, *std::move(about));
    }
    if (after != before) save(directory, market, after, saving, waiting);
  }
  return entries.take();
}

}  // namespace klinekeep::store
