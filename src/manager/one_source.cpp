#include "manager/one_source.hpp"

#include <fmt/format.h>

#include "core/checks.hpp"
#include "klinekeep/errors.hpp"
#include "manager/delivery.hpp"
#include "manager/fill.hpp"

namespace klinekeep::manager {

FetchResult fetch_from_one(const Series& series, const TimeRange& range, DataSource source,
                           std::shared_ptr<sources::StepRunner> runner, Timestamp now, int parallel,
                           const GetOptions& options) {
  check_interval(series.market, series.interval);
  check_fill(options.fill, series.interval);
  if (options.enforce_source != DataSource::AUTO && options.enforce_source != source) {
    throw InvalidRequest("a client asks its own source: leave enforce_source out, or ask a manager");
  }
  const bool is_rest = source == DataSource::REST;
  const Request request{.window = {series, range},
                        .policy = {.source = source,
                                   .accept_unverified = options.accept_unverified,
                                   .include_open = options.include_open && is_rest},
                        .now = now,
                        .options = options};
  if (request.window.slots().empty()) return result_of(request, nothing_retrieved(request));
  const Sources sources{.make_runner = [&] { return runner; }, .parallel = parallel};
  return result_of(request, Retrieval{request, nullptr, sources}.run());
}

}  // namespace klinekeep::manager
