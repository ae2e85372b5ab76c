// Deciding what to ask. Pure functions: no file, no socket, no clock.
#pragma once

#include <vector>

#include "core/market_rules.hpp"
#include "klinekeep/errors.hpp"
#include "planner/ledger.hpp"
#include "planner/policy.hpp"
#include "planner/step.hpp"

namespace klinekeep::planner {

/// The steps that would complete `request`, given what is known, at the exchange's time `now`. Empty when nothing more
/// can be asked of the source: the request is then complete, or what `missing` names cannot be had. Calling plan,
/// running its first `at_once` steps and teaching the ledger their answers ends in an empty plan.
[[nodiscard]] Plan plan(const Request& request, const Policy& policy, const Ledger& ledger, Timestamp now);

/// What of `request` has no answer, and why: in order, disjoint. Before-listing and gaps that the source answered are
/// not missing.
[[nodiscard]] std::vector<MissingRange> missing(const Request& request, const Policy& policy, const Ledger& ledger,
                                                Timestamp now);

/// Whether the source asked turned out not to know the series at all.
[[nodiscard]] bool is_unknown(const Request& request, const Policy& policy, const Ledger& ledger);

/// Slots before the first candle that the source asked can have: nothing is there, and nothing is missing.
[[nodiscard]] TimeRange before_first(const Request& request, const Policy& policy, const Ledger& ledger);

/// The part of `slots` whose candles have closed by `now`.
[[nodiscard]] TimeRange closed_part(const TimeRange& slots, Interval interval, Timestamp now);

}  // namespace klinekeep::planner
