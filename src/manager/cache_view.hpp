// What the cache holds for one request, as it was when it was last opened.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "manager/request.hpp"
#include "store/store.hpp"

namespace klinekeep::manager {

/// Without a cache it is empty, and stays so; a cache that cannot be read counts as none from then on. One thread at a
/// time.
class CacheView {
 public:
  /// `request` and `cache`, which may be null, must outlive it. Opens nothing yet.
  CacheView(const Request& request, const store::Filter& filter, const store::Store* cache);

  /// Opens the cache anew; what it held before and others have removed is still there for this request. Throws
  /// CacheError where descriptors, mappings or memory ran out.
  void reopen();
  /// Proves the columns of the window, and opens the cache anew where one fails: until it is opened again, the snapshot
  /// holds and `known` knows nothing that has failed. Throws as `reopen`.
  void prove(Verify verify);

  /// Null where there is none, or none that can be read.
  [[nodiscard]] const store::Store* cache() const { return cache_; }
  [[nodiscard]] store::Snapshot& snapshot() { return snapshot_; }
  [[nodiscard]] const store::Snapshot& snapshot() const { return snapshot_; }
  /// What the snapshot knows, as the request's source lets it count.
  [[nodiscard]] const store::Known& known() const { return known_; }

  /// Partitions that were found damaged since the last call.
  [[nodiscard]] std::vector<store::Damage> take_damages() { return std::exchange(damages_, {}); }
  /// Why the cache could not be read or written: the first reason, or empty.
  [[nodiscard]] const std::string& failure() const { return failure_; }
  void note_failure(const std::string& why);

 private:
  const Request& request_;
  const store::Filter filter_;
  const store::Store* cache_;
  store::Snapshot snapshot_;
  store::Known known_;
  std::vector<store::Damage> damages_;
  std::string failure_;
};

}  // namespace klinekeep::manager
