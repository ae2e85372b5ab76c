// What a Snapshot holds; for Store.
#pragma once

#include <functional>

#include "store/directory.hpp"
#include "store/store.hpp"

namespace klinekeep::store {

class Snapshot::Impl {
 public:
  std::optional<Damage> prove(const Partition& part, const TimeRange& range, const std::vector<std::size_t>& columns,
                              Verify verify) const;

  /// Of its partitions, by `change`: with the path.
  std::optional<std::string> change_of(Month month,
                                       const std::function<std::optional<std::string>(const Partition&)>& change) const;

  std::shared_ptr<const Directory> directory;
  std::optional<Series> series;    // none: empty, of no series
  std::vector<MonthFiles> months;  // in order; those with a partition
  std::vector<Damage> damages;
  std::vector<std::string> notes;
  std::vector<Month> newer_months;
};

}  // namespace klinekeep::store
