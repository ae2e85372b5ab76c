// Plan, run, learn, plan again, until nothing is left to ask: the one loop behind every fetch.
#pragma once

#include "klinekeep/client_options.hpp"
#include "klinekeep/fetch_result.hpp"
#include "planner/policy.hpp"
#include "sources/step_runner.hpp"

namespace klinekeep::sources {

/// All candles of `series` that open in `range`, from the one source that `runner` stands for. Blocks; up to `parallel`
/// steps run side by side. Throws as VisionDataClient::fetch and EnhancedRetriever::fetch do.
[[nodiscard]] FetchResult fetch(const Series& series, const TimeRange& range, DataSource source, StepRunner& runner,
                                int parallel, const FetchOptions& options);

}  // namespace klinekeep::sources
