// A commit to one month, from lock to rename.
#pragma once

#include "store/directory.hpp"
#include "store/store.hpp"

namespace klinekeep::store {

/// As Store::commit. `additions` all touch the month.
[[nodiscard]] CommitResult commit_month(const Directory& directory, const Series& series, Month month,
                                        const std::vector<const Addition*>& additions, Precedence precedence);

}  // namespace klinekeep::store
