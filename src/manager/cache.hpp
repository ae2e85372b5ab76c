// The cache of a manager: there or not, and within its limits.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "klinekeep/data_source_manager.hpp"
#include "manager/retrieval.hpp"
#include "store/store.hpp"

namespace klinekeep::manager {

/// Thread-safe.
class Cache {
 public:
  /// Throws InvalidRequest for limits that cannot be. Where there is no place for a cache, answers come without one.
  explicit Cache(const ManagerOptions& options);

  /// Null where there is none.
  [[nodiscard]] const store::Store* get() const { return store_ ? &*store_ : nullptr; }
  /// For what is about the cache itself. Throws CacheError where there is none.
  [[nodiscard]] const store::Store& or_throw() const;
  /// A sentence; empty where there is one.
  [[nodiscard]] const std::string& why_none() const { return why_none_; }

  /// After a retrieval that has written: what there is to tell of it. The partitions of its answer stay valid for
  /// whoever holds it.
  [[nodiscard]] std::optional<std::string> keep_within_limits(const Retrieval& retrieval,
                                                              const std::stop_token& stop) const;

 private:
  const PruneLimits limits_;
  std::optional<store::Store> store_;
  std::string why_none_;
};

}  // namespace klinekeep::manager
