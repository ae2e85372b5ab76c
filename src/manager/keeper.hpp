// Where the answers to one request are kept: in memory until a month has all that will come, then in the cache.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "manager/additions.hpp"
#include "sources/window.hpp"
#include "store/store.hpp"

namespace klinekeep::manager {

/// Without a store all stays in memory; so does what cannot be written. One thread at a time.
class Keeper {
 public:
  /// `window`, `cache` and `waiting` must outlive it; `cache` may be null. `columns` are those that are served. Commits
  /// up to `parallel` months side by side, and waits as `waiting` says for others that do. Opens nothing yet.
  Keeper(const sources::Window& window, const store::Filter& filter, const store::Store* cache,
         store::Precedence precedence, int parallel, std::vector<std::size_t> columns, const store::Waiting& waiting);

  /// A month that was committed is committed again.
  void add(Brought brought);
  /// Commits the months that have something to commit and are not in `open`, each by one rename, and opens the cache
  /// anew. What cannot be written stays in memory. Throws Cancelled.
  void commit_all_but(const std::set<store::Month>& open);

  /// Opens the cache anew; what it held before and others have removed is still there for this request. A cache that
  /// cannot be read counts as none from then on. Throws CacheError where descriptors, mappings or memory ran out.
  void reopen();
  /// The same, and proves the columns of the window: until it is opened again, the snapshot holds and `known` knows
  /// nothing of it that has failed.
  void reopen_proven(store::Verify verify);
  /// What the cache held when it was last opened; empty without one.
  [[nodiscard]] store::Snapshot& snapshot() { return snapshot_; }
  [[nodiscard]] const store::Snapshot& snapshot() const { return snapshot_; }
  /// What the snapshot knows, as the request's source lets it count.
  [[nodiscard]] const store::Known& known() const { return known_; }

  /// Partitions that were found damaged since the last call.
  [[nodiscard]] std::vector<store::Damage> take_damages() { return std::exchange(damages_, {}); }

  /// Bytes of the rows that wait for a commit, and that a commit takes beside them.
  [[nodiscard]] std::int64_t bytes_to_commit() const;
  /// Slots that only memory answers for.
  [[nodiscard]] RangeSet answered_in_memory() const;
  /// Months of which something is only in memory.
  [[nodiscard]] std::set<store::Month> months() const;
  /// Rows of `month` in the window that serve the request and that the snapshot does not serve: in order.
  [[nodiscard]] Candles beside_the_cache(store::Month month, bool keep_off_grid) const;

  /// open_times at which answers differ from each other or from what is kept.
  [[nodiscard]] const std::vector<Timestamp>& conflicts() const { return conflicts_; }
  /// What the commits have changed of what was there.
  [[nodiscard]] std::vector<store::RowChanges> take_changes() { return std::exchange(changes_, {}); }
  /// Whether a commit has written, and by how many bytes the cache has grown.
  [[nodiscard]] bool wrote() const { return wrote_; }
  [[nodiscard]] std::int64_t bytes_grown() const { return bytes_grown_; }
  [[nodiscard]] std::int64_t rows_committed() const { return rows_committed_; }
  /// Why the cache could not be read or written: the first reason, or empty.
  [[nodiscard]] const std::string& cache_failure() const { return cache_failure_; }

 private:
  struct Pending {
    std::vector<store::Addition> settled;  // by precedence
    std::vector<store::Addition> young;
    bool done = false;    // committed, or found to be impossible to commit
    bool failed = false;  // the latter
  };

  [[nodiscard]] bool is_to_be_written(store::Month month) const;
  [[nodiscard]] store::CommitResult commit(store::Month month, const Pending& pending) const;
  [[nodiscard]] store::Content merged(const Pending& pending, std::vector<Timestamp>* conflicts) const;
  [[nodiscard]] RangeSet not_in_the_cache(const Pending& pending) const;
  void learn_from_snapshot();
  void drop_what_the_cache_serves();

  const sources::Window& window_;
  Interval interval_;
  store::Filter filter_;
  const store::Store* cache_;
  store::Precedence precedence_;
  int parallel_;
  std::vector<std::size_t> columns_;
  const store::Waiting& waiting_;
  std::map<store::Month, Pending> pending_;
  store::Snapshot snapshot_;
  store::Known known_;
  std::vector<store::Damage> damages_;
  std::vector<Timestamp> conflicts_;
  std::vector<store::RowChanges> changes_;
  std::int64_t rows_committed_ = 0;
  bool wrote_ = false;
  std::int64_t bytes_grown_ = 0;
  std::string cache_failure_;
};

}  // namespace klinekeep::manager
