// The requests to a manager: understood, answered from its cache and from the sources, and counted.
#pragma once

#include <atomic>

#include "klinekeep/data_source_manager.hpp"
#include "manager/cache.hpp"
#include "manager/clients.hpp"
#include "manager/request.hpp"
#include "manager/retrieval.hpp"

namespace klinekeep::manager {

/// Thread-safe.
class Answering {
 public:
  /// `clients` and `cache` must outlive it.
  Answering(const ManagerOptions& options, Clients& clients, const Cache& cache);

  /// As DataSourceManager has them.
  [[nodiscard]] FetchResult data(const Symbol& symbol, Interval interval, Timestamp start, Timestamp end,
                                 const GetOptions& options);
  [[nodiscard]] FetchStream stream(const Symbol& symbol, Interval interval, Timestamp start, Timestamp end,
                                   const GetOptions& options);
  [[nodiscard]] FetchPlan plan(const Symbol& symbol, Interval interval, Timestamp start, Timestamp end,
                               const GetOptions& options);
  [[nodiscard]] CacheStats stats() const { return {hits_, misses_, errors_}; }

  /// Throws InvalidRequest where the market lacks the interval, or `source` would join two exchanges.
  [[nodiscard]] Series series_of(const Symbol& symbol, Interval interval, DataSource source = DataSource::AUTO) const;
  /// For a request to `source`. Throws InvalidRequest where there is nobody to ask.
  [[nodiscard]] planner::Policy policy_of(DataSource source) const;
  [[nodiscard]] Timestamp now() const { return clock_(); }

  /// One retrieval, as Retrieval::run; the cache is kept within its limits afterwards.
  [[nodiscard]] Retrieved run(const Request& request);
  /// Counts a partition that failed its validation.
  void count_error() { ++errors_; }

 private:
  [[nodiscard]] Request understood(const Symbol& symbol, Interval interval, Timestamp start, Timestamp end,
                                   const GetOptions& options) const;
  [[nodiscard]] Retrieved retrieve(const Request& request);
  [[nodiscard]] Sources sources_of(const Request& request) const;
  /// Null: it works without one. Throws CacheError where nothing else may be asked and there is none.
  [[nodiscard]] const store::Store* cache_of(const Request& request) const;
  [[nodiscard]] bool uses_cache(const GetOptions& options) const { return use_cache_ && options.use_cache; }
  void count(const Request& request, bool has_asked, std::int64_t errors);

  const MarketType market_;
  const bool use_cache_;
  const PlanningOptions planning_;
  Clients& clients_;
  const Cache& cache_;
  const Clock clock_;
  std::atomic<std::int64_t> hits_ = 0;
  std::atomic<std::int64_t> misses_ = 0;
  std::atomic<std::int64_t> errors_ = 0;
};

}  // namespace klinekeep::manager
