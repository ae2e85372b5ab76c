// What a Snapshot holds; for Store.
#pragma once

#include "store/directory.hpp"
#include "store/store.hpp"

namespace klinekeep::store {

class Snapshot::Impl {
 public:
  std::optional<Damage> prove(const Partition& part, const TimeRange& range, const std::vector<std::size_t>& columns,
                              Verify verify) const;

  std::shared_ptr<const Directory> directory;
  std::optional<Series> series;    // none: empty, of no series
  std::vector<MonthFiles> months;  // in order; those with a partition
  std::vector<Damage> damages;
  std::vector<std::string> notes;
  std::vector<Month> newer_months;
};

}  // namespace klinekeep::store
