// The cache directory as people and programs look after it: what is there, whether it is sound, what to evict.
#pragma once

#include <arrow/type_fwd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "klinekeep/clock.hpp"
#include "klinekeep/export.hpp"
#include "klinekeep/interval.hpp"
#include "klinekeep/kind.hpp"
#include "klinekeep/market.hpp"
#include "klinekeep/symbol.hpp"
#include "klinekeep/time.hpp"
#include "klinekeep/upstream.hpp"

namespace klinekeep {

/// Which partitions are meant. What is left out selects all.
struct CacheSelection {
  std::optional<MarketType> market = std::nullopt;
  std::optional<Symbol> symbol = std::nullopt;
  std::optional<Interval> interval = std::nullopt;
  std::optional<std::chrono::year_month> month = std::nullopt;
  std::optional<Kind> kind = std::nullopt;
  std::optional<Upstream> upstream = std::nullopt;
};

/// A month of a series in the cache: its base file and, where there is one, its tail.
struct CacheEntry {
  MarketType market;
  std::string symbol;
  Interval interval;
  std::chrono::year_month month;
  std::filesystem::path path;  // of the base file; of the tail where there is no base
  std::int64_t bytes = 0;      // of both files
  std::int64_t rows = 0;
  std::optional<Timestamp> first;  // open_time of the first and the last row
  std::optional<Timestamp> last;
  std::vector<TimeRange> covered;  // of open_time: what some source has answered for good
  Timestamp used;                  // last written, or last read, to an hour
  Kind kind = Kind::klines;
  Upstream upstream = {};
};

/// Something wrong with a partition.
struct CacheFinding {
  MarketType market;
  std::string symbol;
  Interval interval;
  std::chrono::year_month month;
  std::filesystem::path path;
  std::string what;  // a sentence: what is wrong, and where
  Kind kind = Kind::klines;
  Upstream upstream = {};
};

/// A series of which the cache knows something.
struct CachedSeries {
  MarketType market;
  std::string symbol;
  Interval interval;
  Kind kind = Kind::klines;
  Upstream upstream = {};
};

/// What may stay. 0 lets everything go, and says so exactly; below 0, and an age below a second, which could not be
/// told from 0 (uses are known to the second), are invalid requests; to prune by neither is one too.
struct PruneLimits {
  std::optional<std::int64_t> max_bytes;  // the least recently used go until the rest fits
  std::optional<Duration> max_age;        // what was last used this long ago, or longer, goes
};

struct PruneResult {
  std::vector<CacheEntry> removed;
  std::int64_t bytes_left = 0;
  std::vector<std::string> notes = {};  // sentences for people: why it cannot be known when partitions were last used
};

/// Candles that the cache holds, and what it does not.
struct CachedCandles {
  std::shared_ptr<arrow::Table> table;  // of the one schema
  std::vector<TimeRange> covered;       // of open_time, in the range asked: what is answered for good
};

/// One cache directory, usable alone. Thread-safe; several processes may use one directory at once. Asks no source. All
/// that read or write throw CacheError when it cannot be used, as what is no directory; where nothing is, it is empty.
class KLINEKEEP_API UnifiedCacheManager {
 public:
  /// `directory`: empty for the default, $XDG_CACHE_HOME/klinekeep or ~/.cache/klinekeep. Nothing is made until
  /// something is kept.
  explicit UnifiedCacheManager(const std::filesystem::path& directory = {}, Clock clock = system_now);
  ~UnifiedCacheManager();
  UnifiedCacheManager(const UnifiedCacheManager&) = delete;
  UnifiedCacheManager& operator=(const UnifiedCacheManager&) = delete;

  [[nodiscard]] const std::filesystem::path& directory() const;
  /// Where the partition of klines of that month is, or would be.
  [[nodiscard]] std::filesystem::path path_of(MarketType market, const Symbol& symbol, Interval interval,
                                              std::chrono::year_month month, const Upstream& upstream = {}) const;

  /// What klines the cache holds of a series in `range` [begin, end), from any source; unproven bytes are left out.
  /// Every byte is proven first; a damaged partition is moved to the quarantine, and what it held is not covered.
  /// Throws InvalidRequest (the market lacks the interval).
  [[nodiscard]] CachedCandles load(MarketType market, const Symbol& symbol, Interval interval, const TimeRange& range,
                                   const Upstream& upstream = {}) const;

  /// The partitions, by upstream, market, kind, symbol, interval and month. Brings cache_index.json up to date by size,
  /// mtime and inode, and opens only what has changed; where it cannot be written, the answer is right all the same.
  [[nodiscard]] std::vector<CacheEntry> list(const CacheSelection& selection = {}) const;

  /// The series of which there is a partition, or of which only is known where they begin or end, in the order of
  /// `list`. Opens none; the selection's month does not count.
  [[nodiscard]] std::vector<CachedSeries> series(const CacheSelection& selection = {}) const;

  /// Reads every byte of the selected partitions and names what is wrong: format, columns and types, index and time
  /// zone, sums, coverage, order. Changes nothing. Missing partitions, a tail without its base, temporaries, locks, the
  /// catalogue and the quarantine are no findings.
  [[nodiscard]] std::vector<CacheFinding> validate(const CacheSelection& selection = {}) const;

  /// Makes cache_index.json anew from the partitions; returns how many there are. Who writes it is waited for, for ten
  /// seconds or until `stop`, which throws Cancelled.
  std::size_t reindex(std::stop_token stop = {}) const;

  /// Evicts by size and by age of use, on the machine's clock. Never a partition that is being written; one that is
  /// being read stays valid for its reader. Throws InvalidRequest, before it looks, for limits that cannot be.
  PruneResult prune(const PruneLimits& limits) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace klinekeep
