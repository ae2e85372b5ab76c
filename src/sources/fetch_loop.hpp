// A fetch from one source, without a cache: what the two clients do when they are used alone.
#pragma once

#include "klinekeep/client_options.hpp"
#include "klinekeep/fetch_result.hpp"
#include "planner/policy.hpp"
#include "sources/step_runner.hpp"

namespace klinekeep::sources {

/// All candles of `series` that open in `range` and have closed, from the one source that `runner` stands for. What
/// had closed at `now`, by our clock, is missing where it does not come. Blocks; up to `parallel` steps run side by
/// side. Throws as VisionDataClient::fetch and EnhancedRetriever::fetch do.
[[nodiscard]] FetchResult fetch(const Series& series, const TimeRange& range, DataSource source, StepRunner& runner,
                                Timestamp now, int parallel, const FetchOptions& options);

/// Adds what a step tells beside its rows: trust, notes, duplicates, conflicts.
void add_to_report(Report& report, const StepResult& result);

}  // namespace klinekeep::sources
