// Taking in what a source answered. Pure.
#pragma once

#include "planner/answer.hpp"
#include "planner/ledger.hpp"
#include "planner/policy.hpp"

namespace klinekeep::planner {

/// The ledger after `answer` to `step` of `request`.
[[nodiscard]] Ledger learn(Ledger ledger, const Request& request, const Step& step, const Answer& answer);

}  // namespace klinekeep::planner
