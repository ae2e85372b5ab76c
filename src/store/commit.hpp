// A commit to one month, from lock to rename.
#pragma once

#include "store/directory.hpp"
#include "store/store.hpp"

namespace klinekeep::store {

/// As Store::commit. `additions` all touch the month. Where the folder is removed meanwhile, it begins anew.
[[nodiscard]] CommitResult commit_month(const Directory& directory, const Series& series, Month month,
                                        const std::vector<const Addition*>& additions, Precedence precedence,
                                        const Waiting& waiting);

}  // namespace klinekeep::store
