// A request to one source, without a cache: what a client does that is used alone.
#pragma once

#include <memory>

#include "core/series.hpp"
#include "klinekeep/fetch_result.hpp"
#include "klinekeep/get_options.hpp"
#include "sources/step_runner.hpp"

namespace klinekeep::manager {

/// All candles of `series` that open in `range` [begin, end) and have closed, from the one source that `runner` stands
/// for, by up to `parallel` steps at once. What had closed at `now`, by our clock, is missing where it does not come.
/// Throws as VisionDataClient::fetch and EnhancedRetriever::fetch do.
[[nodiscard]] FetchResult fetch_from_one(const Series& series, const TimeRange& range, DataSource source,
                                         std::shared_ptr<sources::StepRunner> runner, Timestamp now, int parallel,
                                         const GetOptions& options);

}  // namespace klinekeep::manager
