// Taking in what a source answered. Pure.
#pragma once

#include "planner/answer.hpp"
#include "planner/ledger.hpp"
#include "planner/policy.hpp"

namespace klinekeep::planner {

/// The ledger after `answer` to `step` of `request`.
[[nodiscard]] Ledger learn(Ledger ledger, const Wanted& wanted, const Step& step, const Answer& answer);

/// The slots of which `rows`, the answer to `step`, has told: with a candle or without. What had not closed when it was
/// made is not among them, nor what a full page had no room for.
[[nodiscard]] TimeRange range_answered(const Wanted& wanted, const Step& step, const Rows& rows);

}  // namespace klinekeep::planner
