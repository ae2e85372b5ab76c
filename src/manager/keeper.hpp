// Where the answers to one request are kept: in memory until a month has all that will come, then in the cache.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "manager/additions.hpp"
#include "manager/cache_view.hpp"
#include "manager/request.hpp"
#include "store/store.hpp"

namespace klinekeep::manager {

/// Without a cache all stays in memory; so does what cannot be written. One thread at a time.
class Keeper {
 public:
  /// `request`, `view` and `waiting` must outlive it. Commits up to `parallel` months side by side, and waits as
  /// `waiting` says for others that do.
  Keeper(const Request& request, const store::Filter& filter, CacheView& view, int parallel,
         const store::Waiting& waiting);

  /// A month that was committed is committed again.
  void add(Additions additions);
  /// Commits the months that have something to commit and are not in `open`, each by one rename, and opens the
  /// view anew, proven. What cannot be written stays in memory. Throws Cancelled.
  void commit_all_but(const std::set<store::Month>& open);

  /// Bytes of the rows that wait for a commit, and that a commit takes beside them.
  [[nodiscard]] std::int64_t bytes_to_commit() const;
  /// Slots that only memory answers for.
  [[nodiscard]] RangeSet answered_in_memory() const;
  /// Months of which something is only in memory.
  [[nodiscard]] std::set<store::Month> months() const;
  /// Rows of `month` in the window that serve the request and that the snapshot does not serve: in order. They are not
  /// kept here any more.
  [[nodiscard]] Candles take_beside_the_cache(store::Month month, bool keep_off_grid);

  /// Those of them that open off the grid, of all months that were taken.
  [[nodiscard]] const std::vector<Timestamp>& off_grid() const { return off_grid_; }

  /// open_times at which answers differ from each other or from what is kept.
  [[nodiscard]] const std::vector<Timestamp>& conflicts() const { return conflicts_; }
  /// What the commits have changed of what was there.
  [[nodiscard]] std::vector<store::RowChanges> take_changes() { return std::exchange(changes_, {}); }
  /// Whether a commit has written, and by how many bytes the cache has grown.
  [[nodiscard]] bool wrote() const { return wrote_; }
  [[nodiscard]] std::int64_t bytes_grown() const { return bytes_grown_; }
  [[nodiscard]] std::int64_t rows_committed() const { return rows_committed_; }

 private:
  struct Pending {
    std::vector<store::Addition> settled;  // by precedence
    std::vector<store::Addition> young;
    bool done = false;    // committed, or found to be impossible to commit
    bool failed = false;  // the latter
  };

  [[nodiscard]] Candles rows_beside_the_cache(Pending pending) const;
  [[nodiscard]] static const store::Addition* only_one(const Pending& pending);
  [[nodiscard]] bool is_to_be_written(store::Month month) const;
  [[nodiscard]] store::CommitResult commit(store::Month month, const Pending& pending) const;
  [[nodiscard]] store::Content merged(const Pending& pending, std::vector<Timestamp>* conflicts) const;
  [[nodiscard]] RangeSet not_in_the_cache(const Pending& pending) const;
  void drop_what_the_cache_serves();

  const sources::Window& window_;
  Interval interval_;
  store::Filter filter_;
  CacheView& view_;
  store::Precedence precedence_;
  int parallel_;
  const store::Waiting& waiting_;
  std::map<store::Month, Pending> pending_;
  std::vector<Timestamp> conflicts_;
  std::vector<Timestamp> off_grid_;
  std::vector<store::RowChanges> changes_;
  std::int64_t rows_committed_ = 0;
  bool wrote_ = false;
  std::int64_t bytes_grown_ = 0;
};

}  // namespace klinekeep::manager
