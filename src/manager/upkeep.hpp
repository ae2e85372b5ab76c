// What is done for the cache itself: whether a month is sound, repairing it, having better what may be had better by
// now.
#pragma once

#include <stop_token>
#include <vector>

#include "klinekeep/data_source_manager.hpp"
#include "manager/answering.hpp"
#include "manager/cache.hpp"
#include "manager/clients.hpp"
#include "manager/refresh.hpp"

namespace klinekeep::manager {

/// Thread-safe. All throw CacheError where there is no cache.
class Upkeep {
 public:
  /// All must outlive it.
  Upkeep(Answering& answering, Clients& clients, const Cache& cache)
      : answering_(answering), clients_(clients), cache_(cache) {}

  /// As DataSourceManager has them.
  [[nodiscard]] CacheCheck validate(const Symbol& symbol, Interval interval, Timestamp date);
  [[nodiscard]] bool repair(const Symbol& symbol, Interval interval, Timestamp date, const std::stop_token& stop);
  [[nodiscard]] RefreshResult refresh(const Symbol& symbol, Interval interval, const std::stop_token& stop);

 private:
  void forget_facts(const Series& series, const std::stop_token& stop) const;
  [[nodiscard]] planner::Policy refresh_policy(DataSource source) const;
  [[nodiscard]] RangeSet ask_what_changed(const Series& series, const std::vector<KeptFile>& kept,
                                          const std::stop_token& stop, RefreshResult& result);
  void ask_again(const Series& series, const TimeRange& range, DataSource source, Refetch refetch,
                 const std::stop_token& stop, RefreshResult& result, std::vector<store::RowChanges>& changes);

  Answering& answering_;
  Clients& clients_;
  const Cache& cache_;
};

}  // namespace klinekeep::manager
