// From the answer to a step to what of it is kept. Pure.
#pragma once

#include <vector>

#include "planner/policy.hpp"
#include "planner/step.hpp"
#include "sources/step_runner.hpp"
#include "store/content.hpp"

namespace klinekeep::manager {

/// What a step brought.
struct Brought {
  std::vector<store::Addition> settled;  // final: may be stored
  std::vector<store::Addition> young;    // serves this answer only
};

/// Rows and holes of an answer with rows. REST may still settle: a candle that closed less than 30 s before `now`, and
/// a hole that closed less than 15 min before, are young; so is a forming candle. Takes the rows of an archive file out
/// of `result`.
[[nodiscard]] Brought brought(const planner::Request& request, const planner::Step& step, sources::StepResult& result,
                              Timestamp now);

/// That REST does not know the symbol, as an empty answer for `range`.
[[nodiscard]] std::vector<store::Addition> nothing_from_rest(const planner::Request& request, const TimeRange& range,
                                                             Timestamp now);

}  // namespace klinekeep::manager
