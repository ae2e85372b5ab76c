// What a refresh has changed, value by value. Pure.
#pragma once

#include <vector>

#include "klinekeep/data_source_manager.hpp"
#include "store/content.hpp"

namespace klinekeep::manager {

/// The values that are others after all of `changes`, made one after another, than before; by open_time and column.
[[nodiscard]] std::vector<ChangedValue> changed_values(const std::vector<store::RowChanges>& changes);

/// The open_times in `values`, which come sorted, each once.
[[nodiscard]] std::vector<Timestamp> opens_of(const std::vector<ChangedValue>& values);

}  // namespace klinekeep::manager
