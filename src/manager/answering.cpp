#include "manager/answering.hpp"

#include <algorithm>
#include <utility>

#include "core/checks.hpp"
#include "klinekeep/errors.hpp"
#include "manager/delivery.hpp"
#include "manager/fill.hpp"
#include "planner/step_json.hpp"

namespace klinekeep::manager {

Answering::Answering(const ManagerOptions& options, Clients& clients, const Cache& cache)
    : market_(options.market_type),
      use_cache_(options.use_cache),
      planning_(options.planning),
      clients_(clients),
      cache_(cache),
      clock_(clients.clock()) {}

FetchResult Answering::data(const Symbol& symbol, Interval interval, Timestamp start, Timestamp end,
                            const GetOptions& options) {
  const Request request = understood(symbol, interval, start, end, options);
  return result_of(request, retrieve(request));
}

FetchStream Answering::stream(const Symbol& symbol, Interval interval, Timestamp start, Timestamp end,
                              const GetOptions& options) {
  const Request request = understood(symbol, interval, start, end, options);
  return stream_of(request, retrieve(request));
}

FetchPlan Answering::plan(const Symbol& symbol, Interval interval, Timestamp start, Timestamp end,
                          const GetOptions& options) {
  const Request request = understood(symbol, interval, start, end, options);
  const Series& series = request.window.wanted().series;
  FetchPlan plan{.upstream = series.upstream, .kind = series.kind};
  if (request.window.slots().empty()) return plan;
  const Sources sources = sources_of(request);
  Retrieval::Outlook outlook = Retrieval{request, cache_of(request), sources}.outlook();
  plan.missing = std::move(outlook.missing);
  for (const planner::Step& step : outlook.plan.steps) {
    plan.steps.push_back({planner::describe(step, series.interval), step.range, step.requests, step.bytes, step.reason,
                          planner::to_json(series, step)});
    plan.requests += step.requests;
    plan.bytes += step.bytes;
  }
  return plan;
}

Series Answering::series_of(const Symbol& symbol, Interval interval, DataSource source) const {
  check_interval(market_, interval);
  return {market_, symbol, interval, Kind::klines, clients_.exchange().upstream(source)};
}

planner::Policy Answering::policy_of(DataSource source) const {
  const DataSource asked = clients_.exchange().asked_of(source);
  return {.source = asked,
          .lacks_archive = asked != source,
          .archive_delay = planning_.vision_data_delay,
          .request_cost = planning_.request_cost,
          .rest_factor = planning_.rest_factor,
          .archive_above_points = planning_.rest_max_points};
}

/// Refuses what is wrong, before any I/O.
Request Answering::understood(const Symbol& symbol, Interval interval, Timestamp start, Timestamp end,
                              const GetOptions& options) const {
  const DataSource source = options.enforce_source;
  const Series series = series_of(symbol, interval, source);
  planner::Policy policy = policy_of(source);
  policy.accept_unverified = options.accept_unverified;
  policy.include_open = options.include_open && (source == DataSource::REST || source == DataSource::AUTO);
  check_fill(options.fill, interval);
  if (source == DataSource::CACHE && !uses_cache(options)) {
    throw InvalidRequest("the cache is the only source asked for, and it may not be used: allow one of the two");
  }
  // `end = now()` always passes: the exchange's clock may be ahead of ours, but never makes a time the future that we
  // have reached.
  Timestamp now = clock_();
  if (const auto exchange_now = clients_.exchange_now()) now = std::max(now, std::min(*exchange_now, end));
  check_window(start, end, now);
  const auto opens = adjust_time_window(start, end, interval);
  // Up to and with the last grid point, but nothing that opens off the grid after it.
  const TimeRange range =
      opens ? TimeRange{opens->first, opens->second + std::chrono::milliseconds{1}} : TimeRange{start, start};
  return {.window = {series, range}, .policy = policy, .now = now, .options = options};
}

Retrieved Answering::retrieve(const Request& request) {
  if (request.window.slots().empty()) return nothing_retrieved(request);
  Retrieved retrieved = run(request);
  Report& report = retrieved.report;
  report.cache_failure = std::move(retrieved.cache_failure);
  if (uses_cache(request.options) && cache_.get() == nullptr) {
    report.notes.push_back(cache_.why_none());
    report.cache_failure = cache_.why_none();
  }
  if (report.rows == 0 && report.gaps.empty() && report.missing.empty()) {
    report.notes.emplace_back("no candle of this window has closed yet");
  }
  return retrieved;
}

Retrieved Answering::run(const Request& request) {
  const Sources sources = sources_of(request);
  Retrieval retrieval{request, cache_of(request), sources};
  const std::stop_token& stop = request.options.stop;
  try {
    Retrieved retrieved = retrieval.run();
    count(request, retrieved.asked_a_source, retrieved.errors);
    if (auto note = cache_.keep_within_limits(retrieval, stop)) retrieved.report.notes.push_back(*std::move(note));
    return retrieved;
  } catch (...) {
    count(request, true, retrieval.errors());
    (void)cache_.keep_within_limits(retrieval, stop);
    throw;
  }
}

Sources Answering::sources_of(const Request& request) const {
  return {.make_runner =
              [this, &request] {
                return clients_.make_runner(request.window.wanted().series, request.options.include_open);
              },
          .parallel = clients_.parallel(request.options.enforce_source)};
}

const store::Store* Answering::cache_of(const Request& request) const {
  if (!uses_cache(request.options)) return nullptr;
  return request.options.enforce_source == DataSource::CACHE ? &cache_.or_throw() : cache_.get();
}

void Answering::count(const Request& request, bool has_asked, std::int64_t errors) {
  errors_ += errors;
  if (cache_of(request) != nullptr) ++(has_asked ? misses_ : hits_);
}

}  // namespace klinekeep::manager
