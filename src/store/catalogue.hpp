// cache_index.json: what is known of every partition file of a market without opening it. Derived from the partitions.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "klinekeep/time.hpp"
#include "store/directory.hpp"

namespace klinekeep::store {

struct CatalogueEntry {
  // Those of the file that the rest was read from.
  std::int64_t size = 0;
  std::int64_t modified_ns = 0;
  std::uint64_t inode = 0;

  std::int64_t rows = 0;
  std::optional<Timestamp> first;
  std::optional<Timestamp> last;
  std::vector<TimeRange> covered;
  Timestamp begin = kEndOfTime;  // as Footer's
  Timestamp end = kBeginOfTime;

  [[nodiscard]] bool is_of(const FileStat& stat) const {
    return size == stat.size && modified_ns == stat.modified_ns && inode == stat.inode;
  }
  friend bool operator==(const CatalogueEntry&, const CatalogueEntry&) = default;
};

[[nodiscard]] CatalogueEntry entry_of(const Footer& footer, Interval interval, const FileStat& stat);

/// By path: SYMBOL/INTERVAL/NAME of klines, below the name of their kind for others.
using Catalogue = std::map<std::string, CatalogueEntry>;

[[nodiscard]] std::string to_json(const Catalogue& catalogue, const Market& market);
/// Rubbish, and what is of another market, is empty.
[[nodiscard]] Catalogue parse_catalogue(std::string_view text, const Market& market);

/// The path of a partition in the catalogue of its market, and the reverse: none where it is not one of ours.
[[nodiscard]] std::string catalogue_path(const PartitionKey& key);
[[nodiscard]] std::optional<PartitionKey> parse_catalogue_path(const Market& market, const std::string& path);

/// What is on the disk; empty where there is none, or where it cannot be read.
[[nodiscard]] Catalogue load_catalogue(const Directory& directory, const Market& market);
/// Replaces it. While another one writes it, waits where there is a `waiting`; else nothing happens. Throws CacheError.
void save_catalogue(const Directory& directory, const Market& market, const Catalogue& catalogue,
                    const Waiting* waiting);

}  // namespace klinekeep::store
