// Between the cache and the planner: what is kept, as the ledger that planning begins with, and what planning has
// learnt about a series, as facts to keep. Pure.
#pragma once

#include "planner/ledger.hpp"
#include "planner/policy.hpp"
#include "store/store.hpp"

namespace klinekeep::manager {

/// Adds to `ledger` what the cache knows. A remembered gap that is due again at `now` is asked again (CACHE: never).
void add_known(planner::Ledger& ledger, const store::Known& known, const planner::Request& request,
               const planner::Policy& policy, Timestamp now);

void add_facts(planner::Ledger& ledger, const store::SeriesFacts& facts);

/// What `ledger` knows of the series as a whole. Only what is there, never what is not: a series that has no file today
/// may have one tomorrow.
[[nodiscard]] store::SeriesFacts facts_of(const planner::Ledger& ledger);

}  // namespace klinekeep::manager
