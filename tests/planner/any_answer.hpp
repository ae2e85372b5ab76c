// Arbitrary requests, ledgers and answers, for laws that hold whatever comes.
#pragma once

#include "planner/support.hpp"

namespace klinekeep::planner {

[[nodiscard]] Wanted any_request();

/// What a cache might know of the request at `now`.
[[nodiscard]] Ledger any_ledger(const Wanted& r, Timestamp now);

/// What a source might answer to a step at `now`, by our clock: anything of the right kind. It may leave out candles at
/// the edges or all of them, tell a wrong time, or be of the host that is doubted.
[[nodiscard]] Answer any_answer(const Wanted& r, const Step& step, Timestamp now);

/// An upstream as it is: `has` in REST, from the first candle on, and of the archive every file from its first one on.
struct Truth {
  RangeSet has;
  RangeSet archived;  // of these, what the files have
};
[[nodiscard]] Truth any_truth(const Wanted& r, Timestamp now);
/// What it answers when it tells all that it has.
[[nodiscard]] Answer true_answer(const Wanted& r, const Truth& truth, const Step& step, Timestamp now);

}  // namespace klinekeep::planner
