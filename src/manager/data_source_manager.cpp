#include "klinekeep/data_source_manager.hpp"

#include <arrow/c/bridge.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <fmt/format.h>

#include <atomic>
#include <limits>
#include <mutex>
#include <stdexcept>

#include "core/checks.hpp"
#include "core/quote.hpp"
#include "frame/status.hpp"
#include "frame/table.hpp"
#include "klinekeep/schema.hpp"
#include "klinekeep/unified_cache_manager.hpp"
#include "manager/changes.hpp"
#include "manager/exchange.hpp"
#include "manager/fill.hpp"
#include "manager/refresh.hpp"
#include "manager/retrieval.hpp"
#include "manager/source_runner.hpp"
#include "planner/step_json.hpp"
#include "sources/client_access.hpp"
#include "store/limits.hpp"

namespace klinekeep {
namespace {

using manager::Means;
using manager::Retrieval;
using manager::Retrieved;
using manager::Wish;

static_assert(PlanningOptions{}.vision_data_delay == std::chrono::hours{DataSourceManager::VISION_DATA_DELAY_HOURS});
static_assert(PlanningOptions{}.rest_max_points ==
              std::int64_t{DataSourceManager::REST_CHUNK_SIZE} * DataSourceManager::REST_MAX_CHUNKS);

std::vector<std::size_t> all_columns() {
  std::vector<std::size_t> columns(kSchema.size());
  for (std::size_t i = 0; i < columns.size(); ++i) columns[i] = i;
  return columns;
}

std::vector<std::size_t> columns_of(const std::vector<std::string>& names) {
  if (names.empty()) return all_columns();
  std::vector<std::size_t> columns;
  for (const std::string& column : names) {
    const auto index = column_index(column);
    if (!index) throw InvalidRequest(fmt::format("{} is no column of candles", quote(column)));
    if (std::ranges::count(columns, *index) > 0) {
      throw InvalidRequest(fmt::format("column {} is asked for twice", quote(column)));
    }
    columns.push_back(*index);
  }
  return columns;
}

}  // namespace

class DataSourceManager::Impl {
 public:
  explicit Impl(ManagerOptions options)
      : options_(std::move(options)),
        exchange_(options_),
        clock_(clock_of(options_)),
        rest_(options_.rest_client),
        vision_(options_.vision_client) {
    store::check_limits(limits(), "cache_");
    try {
      const bool is_limited = options_.cache_max_size || options_.cache_max_age;
      store_.emplace(options_.cache_dir.empty() ? store::default_root() : options_.cache_dir, store::real_files(),
                     system_now, is_limited ? store::RecordUse::everywhere : store::RecordUse::where_cheap);
    } catch (const CacheError& error) {
      no_cache_because_ = error.what();
    }
  }

  FetchStream stream(std::string_view symbol, Interval interval, Timestamp start, Timestamp end,
                     const GetOptions& options) {
    Answer answer = answer_to(symbol, interval, start, end, options);
    auto reader = manager::reader_of(answer.schema, std::move(answer.batches), std::move(answer.snapshot));
    if (answer.filler) reader = manager::filled(std::move(reader), *std::move(answer.filler), answer.columns);
    return {std::move(reader), std::move(answer.report)};
  }

  /// What the table shows is not read here, so that nothing is let go of either.
  FetchResult data(std::string_view symbol, Interval interval, Timestamp start, Timestamp end,
                   const GetOptions& options) {
    if (options.fill != Fill::none) {
      FetchStream filled = stream(symbol, interval, start, end, options);
      return {frame::value_of(filled.reader->ToTable()), std::move(filled.report)};
    }
    Answer answer = answer_to(symbol, interval, start, end, options);
    return {manager::table_of(answer.schema, answer.batches, answer.snapshot), std::move(answer.report)};
  }

  FetchPlan plan(std::string_view symbol, Interval interval, Timestamp start, Timestamp end,
                 const GetOptions& options) {
    const Asking asking = check(symbol, interval, start, end, options);
    FetchPlan plan{.upstream = asking.series.upstream, .kind = asking.series.kind};
    if (!asking.window) return plan;
    const sources::Window window{asking.series, *asking.window};
    const Wish wish = wish_of(options);
    const Means means = means_for(asking, options);
    Retrieval::Outlook outlook = Retrieval{window, wish, means}.outlook();
    plan.missing = std::move(outlook.missing);
    for (const planner::Step& step : outlook.plan.steps) {
      plan.steps.push_back({planner::describe(step), step.range, step.requests, step.bytes, step.reason,
                            planner::to_json(asking.series, step)});
      plan.requests += step.requests;
      plan.bytes += step.bytes;
    }
    return plan;
  }

  Upstream upstream(DataSource source) const { return exchange_.upstream(source); }

  /// Requests under way have parts of the clients for themselves.
  void close_connections() {
    const std::scoped_lock lock{mutex_};
    if (!options_.rest_client) rest_.reset();
    if (!options_.vision_client) vision_.reset();
  }

  CacheStats stats() const { return {hits_, misses_, errors_}; }

  CacheCheck validate(std::string_view symbol, Interval interval, Timestamp date) {
    const Series series = series_of(symbol, interval);
    const store::Month month = store::month_of(date);
    const CacheSelection one{series.market, series.symbol, interval, month, series.kind, series.upstream};
    const UnifiedCacheManager cache{cache_or_throw().root()};
    if (const auto findings = cache.validate(one); !findings.empty()) {
      ++errors_;
      return {false, fmt::format("{}: {}", findings.front().path.string(), findings.front().what)};
    }
    const TimeRange range = store::range_of(month);
    const auto months = cache_or_throw().snapshot(series, range, store::Damaged::left).months();
    if (std::ranges::count(months, month) > 0) return {true, std::nullopt};
    const auto path = cache.path_of(series.market, series.symbol, interval, month, series.upstream);
    return {false, fmt::format("there is no cache entry: {} does not exist", path.string())};
  }

  /// What is damaged stays in its place until what it held has been fetched: a repair that fails is one that is still
  /// to be done.
  bool repair(std::string_view symbol, Interval interval, Timestamp date, std::stop_token stop) {
    const CacheCheck found = validate(symbol, interval, date);
    if (found.ok) return true;
    const Series series = series_of(symbol, interval);
    const store::Month month = store::month_of(date);
    Wish wish{.policy = policy_of(DataSource::AUTO)};  // throws where nobody can be asked
    wish.shape.columns = all_columns();
    wish.stop = stop;
    wish.again = manager::Again::damaged;
    const store::HeldMonth held = cache_or_throw().held(series, month);
    if (held.is_newer) return false;
    const Timestamp now = clock_();
    TimeRange range = store::range_of(month).intersect({kBeginOfTime, now + Duration{1}});
    if (!held.ranges.empty()) range = {held.ranges.front().begin, held.ranges.back().end};
    if (range.empty()) return false;
    forget_facts(series, stop);
    const Retrieved retrieved = run(sources::Window{series, range}, wish, means_for({series, std::nullopt, now}, {}));
    throw_unless_kept(retrieved);
    // All that it held has an answer, and none is to be kept there: it stands in the way of nothing but its own end.
    if (!retrieved.wrote && !validate(symbol, interval, date).ok)
      cache_or_throw().quarantine(series, month, found.why.value_or(""), {.stop = stop});
    return validate(symbol, interval, date).ok;
  }

  RefreshResult refresh(std::string_view symbol, Interval interval, const std::stop_token& stop) {
    const Series series = series_of(symbol, interval);
    RefreshResult result;
    forget_facts(series, stop);
    const planner::Policy policy = refresh_policy(DataSource::AUTO);
    store::Snapshot snapshot = cache_or_throw().snapshot(series, {kBeginOfTime, kEndOfTime}, store::Damaged::left);
    if (const auto months = snapshot.months(); !months.empty())
      cache_or_throw().check_writable(series, months.front(), {.stop = stop});
    manager::WorthAsking worth;
    std::vector<manager::KeptFile> kept;
    for (const store::Month month : snapshot.months()) {
      const store::Coverage coverage = snapshot.coverage(month);
      const auto of_month = manager::worth_asking_again(coverage, interval, policy, clock_());
      worth.rows.add(of_month.rows);
      worth.gaps.add(of_month.gaps);
      std::ranges::move(manager::kept_files(coverage, series), std::back_inserter(kept));
      ++result.partitions;
    }
    result.notes = snapshot.notes();
    for (const store::Damage& damage : snapshot.damages()) {
      result.notes.push_back(
          fmt::format("{} is damaged ({}): a repair fetches again what it held", damage.path.string(), damage.why));
    }
    snapshot = {};
    worth.rows.add(ask_what_changed(series, kept, stop, result));
    std::vector<store::RowChanges> changes;
    for (const TimeRange& range : worth.rows) {
      ask_again(series, range, DataSource::AUTO, manager::Again::everything, stop, result, changes);
    }
    // Of REST itself, also where the archive has candles by now: it answers for what is asked of REST alone.
    for (const TimeRange& range : worth.gaps) {
      ask_again(series, range, DataSource::REST, manager::Again::gaps, stop, result, changes);
    }
    result.values = manager::changed_values(changes);
    result.changed = manager::opens_of(result.values);
    return result;
  }

 private:
  struct Asking {
    Series series;
    std::optional<TimeRange> window;
    Timestamp now;  // what had closed by then is wanted
  };

  struct Answer {
    std::shared_ptr<arrow::Schema> schema;  // of the batches
    std::deque<manager::MonthBatch> batches = {};
    store::Snapshot snapshot = {};
    Report report = {};
    std::vector<std::size_t> columns;  // that are wanted; a filler needs all
    std::optional<manager::Filler> filler = {};
  };

  Answer answer_to(std::string_view symbol, Interval interval, Timestamp start, Timestamp end,
                   const GetOptions& options) {
    const Asking asking = check(symbol, interval, start, end, options);
    std::vector<std::size_t> columns = columns_of(options.columns);
    if (!asking.window) {
      Answer none{.schema = frame::arrow_schema(columns), .columns = {}};
      none.report.upstream = asking.series.upstream;
      return none;
    }
    const sources::Window window{asking.series, *asking.window};
    Wish wish = wish_of(options);
    const bool fills = options.fill != Fill::none;
    wish.shape.columns = fills ? all_columns() : columns;
    const Means means = means_for(asking, options);
    Retrieved retrieved = run(window, wish, means);
    Answer answer{.schema = frame::arrow_schema(wish.shape.columns),
                  .batches = std::move(retrieved.batches),
                  .snapshot = std::move(retrieved.snapshot),
                  .report = std::move(retrieved.report),
                  .columns = std::move(columns)};
    Report& report = answer.report;
    report.cache_failure = std::move(retrieved.cache_failure);
    if (uses_cache(options) && !store_) {
      report.notes.push_back(no_cache_because_);
      report.cache_failure = no_cache_because_;
    }
    if (report.rows == 0 && report.gaps.empty() && report.missing.empty()) {
      report.notes.emplace_back("no candle of this window has closed yet");
    }
    if (!fills) return answer;
    const RangeSet to_fill = manager::slots_to_fill(report, window.slots(), options.fill);
    for (const TimeRange& range : to_fill) report.filled += interval.count(range);
    report.rows += report.filled;
    answer.filler.emplace(to_fill, options.fill, interval);
    return answer;
  }

  Series series_of(std::string_view symbol, Interval interval, DataSource source = DataSource::AUTO) const {
    check_interval(options_.market_type, interval);
    return {options_.market_type, Symbol{symbol}, interval, Kind::klines, exchange_.upstream(source)};
  }

  /// Refuses what is wrong, before any I/O.
  Asking check(std::string_view symbol, Interval interval, Timestamp start, Timestamp end, const GetOptions& options) {
    Asking asking{series_of(symbol, interval, options.enforce_source), std::nullopt, clock_()};
    (void)exchange_.asked_of(options.enforce_source);
    (void)columns_of(options.columns);
    manager::check_fill(options.fill, interval);
    if (options.enforce_source == DataSource::CACHE && !uses_cache(options)) {
      throw InvalidRequest("the cache is the only source asked for, and it may not be used: allow one of the two");
    }
    // `end = now()` always passes: the exchange's clock may be ahead of ours, but never makes a time the future that we
    // have reached.
    if (const auto client = known_rest()) {
      asking.now = std::max(asking.now, std::min(client->exchange_now().value_or(asking.now), end));
    }
    check_window(start, end, asking.now);
    const auto window = adjust_time_window(start, end, interval);
    // Up to and with the last grid point, but nothing that opens off the grid after it.
    if (window) asking.window = TimeRange{window->first, window->second + std::chrono::milliseconds{1}};
    return asking;
  }

  [[nodiscard]] bool uses_cache(const GetOptions& options) const { return options_.use_cache && options.use_cache; }

  /// For what is about the cache itself.
  [[nodiscard]] const store::Store& cache_or_throw() const {
    if (!store_) throw CacheError(no_cache_because_);
    return *store_;
  }

  /// Ours, or that of a client.
  [[nodiscard]] Clock clock_of(const ManagerOptions& options) const {
    if (options.clock) return *options.clock;
    if (exchange_.rest().clock) return *exchange_.rest().clock;
    return exchange_.vision().clock.value_or(system_now);
  }

  /// For work whose purpose is the cache: an answer that could not be kept is none.
  static void throw_unless_kept(const Retrieved& retrieved) {
    if (!retrieved.cache_failure.empty()) throw CacheError(retrieved.cache_failure);
  }

  /// What is believed of the series as a whole is asked anew by the next request.
  void forget_facts(const Series& series, const std::stop_token& stop) const {
    cache_or_throw().change_facts(series, [](const store::SeriesFacts&) { return store::SeriesFacts{}; },
                                  {.stop = stop});
  }

  /// For a request to `source`. Throws InvalidRequest where there is nobody to ask.
  [[nodiscard]] planner::Policy policy_of(DataSource source) const {
    const PlanningOptions& planning = options_.planning;
    const DataSource asked = exchange_.asked_of(source);
    return {.source = asked,
            .lacks_archive = asked != source,
            .archive_delay = planning.vision_data_delay,
            .request_cost = planning.request_cost,
            .rest_factor = planning.rest_factor,
            .archive_above_points = planning.rest_max_points};
  }

  [[nodiscard]] Wish wish_of(const GetOptions& options) const {
    Wish wish{.policy = policy_of(options.enforce_source)};
    wish.policy.accept_unverified = options.accept_unverified;
    const bool may_ask_rest = options.enforce_source == DataSource::REST || options.enforce_source == DataSource::AUTO;
    wish.policy.include_open = options.include_open && may_ask_rest;
    wish.partial = options.partial;
    wish.shape = {columns_of(options.columns), options.keep_off_grid};
    wish.verify = options.verify == Verify::ALWAYS ? store::Verify::always : store::Verify::first_use;
    wish.progress = options.progress;
    wish.stop = options.stop;
    return wish;
  }

  Means means_for(const Asking& asking, const GetOptions& options) {
    if (options.enforce_source == DataSource::CACHE) (void)cache_or_throw();
    return {.cache = uses_cache(options) && store_ ? &*store_ : nullptr,
            .now = asking.now,
            .make_runner =
                [this, series = asking.series, open = options.include_open] {
                  return std::make_unique<manager::SourceRunner>(
                      series, open, options_.clock,
                      manager::Clients{.rest = [this] { return rest(); }, .vision = [this] { return vision(); }});
                },
            .parallel = manager::SourceRunner::parallel(options.enforce_source, exchange_.rest(), exchange_.vision())};
  }

  /// The archive first: that it is asked at all is what a refresh is for.
  [[nodiscard]] planner::Policy refresh_policy(DataSource source) const {
    planner::Policy policy = policy_of(source);
    policy.archive_above_points = 0;
    policy.daily_first = true;
    policy.doubts = std::numeric_limits<int>::max() / 2;
    return policy;
  }

  /// The slots of files that the bucket lists otherwise than they were.
  RangeSet ask_what_changed(const Series& series, const std::vector<manager::KeptFile>& kept,
                            const std::stop_token& stop, RefreshResult& result) {
    if (kept.empty()) return {};
    manager::ChangedFiles changed;
    if (sources::has_archive(exchange_.vision())) {
      const auto client = vision();
      sources::ArchiveRunner runner{series, sources::ClientAccess::options(*client),
                                    sources::ClientAccess::parts(*client)};
      changed = manager::changed_since(kept, [&](auto granularity, auto after, auto until) {
        return runner.list_zips(granularity, after, until, stop);
      });
      result.requests += runner.requests();
      result.bytes += runner.bytes();
    } else {
      const std::string why = sources::why_no_archive(exchange_.vision());
      changed = manager::changed_since(kept, [&](auto, auto, auto) {
        return tl::unexpected(sources::StepResult{.answer = planner::Failed{Cause::unavailable, why}});
      });
    }
    std::ranges::move(changed.unknown, std::back_inserter(result.failed));
    for (const std::string& name : changed.gone) {
      result.notes.push_back(name + " is not listed any more; what is kept of it stands");
    }
    result.changed_files = std::move(changed.names);
    return changed.slots;
  }

  void ask_again(const Series& series, const TimeRange& range, DataSource source, manager::Again again,
                 const std::stop_token& stop, RefreshResult& result, std::vector<store::RowChanges>& changes) {
    Wish wish{.policy = refresh_policy(source)};
    wish.partial = true;
    wish.shape.columns = all_columns();
    wish.stop = stop;
    wish.again = again;
    Retrieved retrieved;
    try {
      retrieved = run(sources::Window{series, range}, wish, means_for({series, std::nullopt, clock_()}, {}));
    } catch (const UnknownSymbol& unknown) {
      result.notes.push_back(fmt::format("{}; what was kept stands", unknown.what()));
      return;
    }
    throw_unless_kept(retrieved);
    Report& report = retrieved.report;
    result.requests += report.requests;
    result.bytes += report.bytes;
    result.rows_added += retrieved.rows_committed;
    std::ranges::move(retrieved.changes, std::back_inserter(changes));
    std::ranges::move(report.missing, std::back_inserter(result.failed));
    std::ranges::move(report.notes, std::back_inserter(result.notes));
  }

  Retrieved run(const sources::Window& window, const Wish& wish, const Means& means) {
    Retrieval retrieval{window, wish, means};
    try {
      Retrieved retrieved = retrieval.run();
      count(means, retrieved.asked_a_source, retrieved.errors);
      if (auto note = keep_within_limits(retrieval, wish.stop)) retrieved.report.notes.push_back(*std::move(note));
      return retrieved;
    } catch (...) {
      count(means, true, retrieval.errors());
      (void)keep_within_limits(retrieval, wish.stop);
      throw;
    }
  }

  [[nodiscard]] PruneLimits limits() const { return {options_.cache_max_size, options_.cache_max_age}; }

  /// What there is to tell of it. The answer's own partitions stay valid for whoever holds it.
  std::optional<std::string> keep_within_limits(const Retrieval& retrieval, const std::stop_token& stop) {
    if (!retrieval.wrote()) return std::nullopt;
    try {
      const auto pruned = cache_or_throw().keep_within(limits(), retrieval.bytes_grown(), {.stop = stop});
      if (!pruned || pruned->removed.empty()) return std::nullopt;
      return fmt::format(
          "the cache is kept within its limits: {} least recently used partition{} removed, {} bytes left",
          pruned->removed.size(), pruned->removed.size() == 1 ? "" : "s", pruned->bytes_left);
    } catch (const CacheError& error) {
      return fmt::format("the cache could not be kept within its limits: {}", error.what());
    }
  }

  void count(const Means& means, bool missed, std::int64_t errors) {
    errors_ += errors;
    if (means.cache != nullptr) ++(missed ? misses_ : hits_);
  }

  /// The clients are made when they are first needed: a warm answer needs none.
  std::shared_ptr<const EnhancedRetriever> rest() {
    const std::scoped_lock lock{mutex_};
    if (!rest_) rest_ = std::make_shared<const EnhancedRetriever>(exchange_.rest());
    return rest_;
  }
  std::shared_ptr<const VisionDataClient> vision() {
    const std::scoped_lock lock{mutex_};
    if (!vision_) vision_ = std::make_shared<const VisionDataClient>(exchange_.vision());
    return vision_;
  }
  std::shared_ptr<const EnhancedRetriever> known_rest() {
    const std::scoped_lock lock{mutex_};
    return rest_;
  }

  ManagerOptions options_;
  manager::Exchange exchange_;
  Clock clock_;
  std::optional<store::Store> store_;  // none: there is no place for a cache, and answers come without one
  std::string no_cache_because_;
  std::mutex mutex_;  // of the clients
  std::shared_ptr<const EnhancedRetriever> rest_;
  std::shared_ptr<const VisionDataClient> vision_;
  std::atomic<std::int64_t> hits_ = 0;
  std::atomic<std::int64_t> misses_ = 0;
  std::atomic<std::int64_t> errors_ = 0;
};

DataSourceManager::DataSourceManager(ManagerOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
DataSourceManager::~DataSourceManager() = default;

FetchResult DataSourceManager::get_data(std::string_view symbol, Interval interval, Timestamp start, Timestamp end,
                                        const GetOptions& options) const {
  return impl_->data(symbol, interval, start, end, options);
}

FetchStream DataSourceManager::get_stream(std::string_view symbol, Interval interval, Timestamp start, Timestamp end,
                                          const GetOptions& options) const {
  return impl_->stream(symbol, interval, start, end, options);
}

Report DataSourceManager::export_data(std::string_view symbol, Interval interval, Timestamp start, Timestamp end,
                                      ArrowArrayStream* out, const GetOptions& options) const {
  FetchStream stream = get_stream(symbol, interval, start, end, options);
  frame::check(arrow::ExportRecordBatchReader(std::move(stream.reader), out));
  return std::move(stream.report);
}

FetchPlan DataSourceManager::plan(std::string_view symbol, Interval interval, Timestamp start, Timestamp end,
                                  const GetOptions& options) const {
  return impl_->plan(symbol, interval, start, end, options);
}

Upstream DataSourceManager::upstream(DataSource source) const { return impl_->upstream(source); }

void DataSourceManager::close_connections() const { impl_->close_connections(); }

CacheStats DataSourceManager::get_cache_stats() const { return impl_->stats(); }

CacheCheck DataSourceManager::validate_cache_integrity(std::string_view symbol, Interval interval,
                                                       Timestamp date) const {
  return impl_->validate(symbol, interval, date);
}

bool DataSourceManager::repair_cache(std::string_view symbol, Interval interval, Timestamp date,
                                     std::stop_token stop) const {
  return impl_->repair(symbol, interval, date, std::move(stop));
}

RefreshResult DataSourceManager::refresh(std::string_view symbol, Interval interval, std::stop_token stop) const {
  return impl_->refresh(symbol, interval, stop);
}

}  // namespace klinekeep
