// Arbitrary requests, ledgers and answers, for laws that hold whatever comes.
#pragma once

#include "planner/support.hpp"

namespace klinekeep::planner {

[[nodiscard]] Request any_request();

/// What a cache might know of the request.
[[nodiscard]] Ledger any_ledger(const Request& r);

/// What a source might answer to a step: anything of the right kind.
[[nodiscard]] Answer any_answer(const Request& r, const Step& step);

}  // namespace klinekeep::planner
