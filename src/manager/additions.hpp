// From the answer to a step to what of it is kept. Pure.
#pragma once

#include <vector>

#include "planner/plan.hpp"
#include "planner/policy.hpp"
#include "planner/step.hpp"
#include "sources/step_runner.hpp"
#include "store/content.hpp"

namespace klinekeep::manager {

/// What a step brought.
struct Additions {
  std::vector<store::Addition> settled;  // final: may be stored
  std::vector<store::Addition> young;    // serves this answer only
};

/// The rows of an answer. Young are those that REST may still settle: of a candle that closed less than 30 s before the
/// answer's time, and of the forming one. Of a file also its holes; but not those of a monthly file, of which the daily
/// one has the word. What REST has not is known when all has been asked (planner::absences). Takes the rows of a file
/// out of `result`.
[[nodiscard]] Additions additions_of(const planner::Wanted& wanted, const planner::Step& step,
                                     sources::StepResult& result);

/// Slots without a candle.
[[nodiscard]] store::Addition addition_of(const planner::Absence& absence);

}  // namespace klinekeep::manager
