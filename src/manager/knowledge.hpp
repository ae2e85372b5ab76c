// Between the cache and the planner: what is kept, as the ledger that planning begins with, and what planning has
// learnt about a series, as facts to keep. Pure.
#pragma once

#include "planner/ledger.hpp"
#include "planner/policy.hpp"
#include "store/store.hpp"

namespace klinekeep::manager {

/// Adds to `ledger` what the cache knows. An absence that is due again at `now` is asked again (CACHE: never).
void add_known(planner::Ledger& ledger, const store::Known& known, const planner::Wanted& wanted,
               const planner::Policy& policy, Timestamp now);

/// Adds what is known of the archive's files by what a month's partition says of them: of which holes the daily file
/// has the word, and which are to be asked again at `now`.
void add_files(planner::Ledger& ledger, const store::Coverage& coverage, const planner::Wanted& wanted,
               const planner::Policy& policy, Timestamp now);

/// What is due again at `now` is remembered, and asked again.
void add_facts(planner::Ledger& ledger, const store::SeriesFacts& facts, const planner::Wanted& wanted,
               const planner::Policy& policy, Timestamp now);

/// `kept`, with what `ledger` has learnt of the series as a whole since it began with `before`; what has been disproved
/// goes. That a series has no candle is not kept: it may have one tomorrow.
[[nodiscard]] store::SeriesFacts facts_after(const planner::Wanted& wanted, const planner::Policy& policy,
                                             const planner::Ledger& ledger, const store::SeriesFacts& before,
                                             store::SeriesFacts kept);

}  // namespace klinekeep::manager
