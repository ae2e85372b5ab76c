// One request for candles, from any face, and its answer.
#pragma once

#include <functional>
#include <stop_token>

#include "core/series.hpp"
#include "klinekeep/client_options.hpp"
#include "klinekeep/data_source.hpp"
#include "klinekeep/enhanced_retriever.hpp"
#include "klinekeep/fetch_result.hpp"
#include "klinekeep/vision_data_client.hpp"
#include "manager/fill.hpp"

namespace klinekeep::manager {

struct DataRequest {
  Series series;
  Timestamp start;  // inclusive, as `end`; at any precision
  Timestamp end;
  DataSource source;  // REST or VISION
  Fill fill = Fill::none;
  FetchOptions options;
};

/// Every candle of the series whose open_time lies in [ceil(start), floor(end)] on the interval's grid; an empty table
/// of the full schema where the window has no grid point. `now` is the caller's clock: an `end` after it is refused
/// before any I/O. Throws InvalidRequest, UnknownSymbol, IncompleteData and its kin, Cancelled.
[[nodiscard]] FetchResult get_data(const DataRequest& request, const EnhancedRetriever& rest,
                                   const VisionDataClient& vision, Timestamp now);

}  // namespace klinekeep::manager
