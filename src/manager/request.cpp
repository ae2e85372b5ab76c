#include "manager/request.hpp"

#include <algorithm>

#include "core/checks.hpp"
#include "frame/table.hpp"

namespace klinekeep::manager {
namespace {

FetchResult fetch(const DataRequest& request, const TimeRange& range, const EnhancedRetriever& rest,
                  const VisionDataClient& vision) {
  const auto& [market, symbol, interval, kind] = request.series;
  switch (request.source) {
    case DataSource::REST:
      return rest.fetch(market, symbol, interval, range, request.options);
    case DataSource::VISION:
      return vision.fetch(market, symbol, interval, range, request.options);
    case DataSource::AUTO:
    case DataSource::CACHE:
      break;
  }
  throw InvalidRequest("this version asks one source: say rest or vision");
}

}  // namespace

FetchResult get_data(const DataRequest& request, const EnhancedRetriever& rest, const VisionDataClient& vision,
                     Timestamp now) {
  const Interval interval = request.series.interval;
  check_interval(request.series.market, interval);
  check_fill(request.fill, interval);
  // `end = now()` always passes: the exchange's clock may be ahead of ours, but never makes a time the future that we
  // have reached.
  check_window(request.start, request.end, std::max(now, rest.exchange_now().value_or(now)));
  const auto window = adjust_time_window(request.start, request.end, interval);
  if (!window) return {frame::to_table({}), {}};
  // Up to and with the last grid point, but nothing that opens off the grid after it.
  FetchResult result = fetch(request, {window->first, window->second + std::chrono::milliseconds{1}}, rest, vision);
  if (request.fill != Fill::none) fill_gaps(result, request.fill, interval);
  return result;
}

}  // namespace klinekeep::manager
