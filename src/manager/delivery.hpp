// From what was retrieved to what the caller gets: gaps filled where that is wished, as a stream or as a table.
#pragma once

#include "klinekeep/data_source_manager.hpp"
#include "manager/request.hpp"
#include "manager/retrieval.hpp"

namespace klinekeep::manager {

/// Of a window in which no candle opens.
[[nodiscard]] Retrieved nothing_retrieved(const Request& request);

[[nodiscard]] FetchStream stream_of(const Request& request, Retrieved retrieved);

/// What the table shows is not read here, so that nothing is let go of either.
[[nodiscard]] FetchResult result_of(const Request& request, Retrieved retrieved);

}  // namespace klinekeep::manager
