#include "manager/upkeep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "klinekeep/unified_cache_manager.hpp"
#include "sources/client_hosts.hpp"

namespace klinekeep::manager {
namespace {

/// An answer that could not be kept is none here.
void throw_unless_kept(const Retrieved& retrieved) {
  if (!retrieved.cache_failure.empty()) throw CacheError(retrieved.cache_failure);
}

}  // namespace

CacheCheck Upkeep::validate(const Symbol& symbol, Interval interval, Timestamp date) {
  const Series series = answering_.series_of(symbol, interval);
  const store::Month month = store::month_of(date);
  const CacheSelection one{series.market, series.symbol, interval, month, series.kind, series.upstream};
  const UnifiedCacheManager cache{cache_.or_throw().root()};
  if (const auto findings = cache.validate(one); !findings.empty()) {
    answering_.count_error();
    return {false, fmt::format("{}: {}", findings.front().path.string(), findings.front().what)};
  }
  const TimeRange range = store::range_of(month);
  const auto months = cache_.or_throw().snapshot(series, range, store::Damaged::left).months();
  if (std::ranges::count(months, month) > 0) return {true, std::nullopt};
  const auto path = cache.path_of(series.market, series.symbol, interval, month, series.upstream);
  return {false, fmt::format("there is no cache entry: {} does not exist", path.string())};
}

/// What is damaged stays in its place until what it held has been fetched: a repair that fails is one that is still to
/// be done.
bool Upkeep::repair(const Symbol& symbol, Interval interval, Timestamp date, const std::stop_token& stop) {
  const CacheCheck found = validate(symbol, interval, date);
  if (found.ok) return true;
  const Series series = answering_.series_of(symbol, interval);
  const store::Month month = store::month_of(date);
  const planner::Policy policy = answering_.policy_of(DataSource::AUTO);  // throws where nobody can be asked
  const store::HeldMonth held = cache_.or_throw().held(series, month);
  if (held.is_newer) return false;
  const Timestamp now = answering_.now();
  TimeRange range = store::range_of(month).intersect({kBeginOfTime, now + Duration{1}});
  if (!held.ranges.empty()) range = {held.ranges.front().begin, held.ranges.back().end};
  if (range.empty()) return false;
  forget_facts(series, stop);
  const Retrieved retrieved = answering_.run({.window = {series, range},
                                              .policy = policy,
                                              .now = now,
                                              .options = {.stop = stop},
                                              .refetch = Refetch::damaged});
  throw_unless_kept(retrieved);
  // All that it held has an answer, and none is to be kept there: it stands in the way of nothing but its own end.
  if (!retrieved.wrote && !validate(symbol, interval, date).ok)
    cache_.or_throw().quarantine(series, month, found.why.value_or(""), {.stop = stop});
  return validate(symbol, interval, date).ok;
}

RefreshResult Upkeep::refresh(const Symbol& symbol, Interval interval, const std::stop_token& stop) {
  const Series series = answering_.series_of(symbol, interval);
  RefreshResult result;
  forget_facts(series, stop);
  const planner::Policy policy = refresh_policy(DataSource::AUTO);
  store::Snapshot snapshot = cache_.or_throw().snapshot(series, {kBeginOfTime, kEndOfTime}, store::Damaged::left);
  if (const auto months = snapshot.months(); !months.empty())
    cache_.or_throw().check_writable(series, months.front(), {.stop = stop});
  WorthAsking worth;
  std::vector<KeptFile> kept;
  for (const store::Month month : snapshot.months()) {
    const store::Coverage coverage = snapshot.coverage(month);
    const auto of_month = worth_asking_again(coverage, interval, policy, answering_.now());
    worth.rows.add(of_month.rows);
    worth.gaps.add(of_month.gaps);
    std::ranges::move(kept_files(coverage, series), std::back_inserter(kept));
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
    ask_again(series, range, DataSource::AUTO, Refetch::everything, stop, result, changes);
  }
  // Of REST itself, also where the archive has candles by now: it answers for what is asked of REST alone.
  for (const TimeRange& range : worth.gaps) {
    ask_again(series, range, DataSource::REST, Refetch::gaps, stop, result, changes);
  }
  result.values = changed_values(changes);
  result.changed = opens_of(result.values);
  return result;
}

/// What is believed of the series as a whole is asked anew by the next request.
void Upkeep::forget_facts(const Series& series, const std::stop_token& stop) const {
  cache_.or_throw().change_facts(series, [](const store::SeriesFacts&) { return store::SeriesFacts{}; },
                                 {.stop = stop});
}

/// The archive first: that it is asked at all is what a refresh is for.
planner::Policy Upkeep::refresh_policy(DataSource source) const {
  planner::Policy policy = answering_.policy_of(source);
  policy.archive_above_points = 0;
  policy.daily_first = true;
  policy.doubts = std::numeric_limits<int>::max() / 2;
  return policy;
}

/// The slots of files that the bucket lists otherwise than they were.
RangeSet Upkeep::ask_what_changed(const Series& series, const std::vector<KeptFile>& kept, const std::stop_token& stop,
                                  RefreshResult& result) {
  if (kept.empty()) return {};
  ChangedFiles changed;
  if (const VisionOptions& archive = clients_.exchange().vision(); sources::has_archive(archive)) {
    const auto runner = clients_.make_archive_runner(series);
    changed = changed_since(kept, [&](auto granularity, auto after, auto until) {
      return runner->list_zips(granularity, after, until, stop);
    });
    result.requests += runner->requests();
    result.bytes += runner->bytes();
  } else {
    changed = changed_since(kept, [&](auto, auto, auto) {
      return tl::unexpected(
          sources::StepResult{.answer = planner::Failed{Cause::unavailable, sources::why_no_archive(archive)}});
    });
  }
  std::ranges::move(changed.unknown, std::back_inserter(result.failed));
  for (const std::string& name : changed.gone) {
    result.notes.push_back(name + " is not listed any more; what is kept of it stands");
  }
  result.changed_files = std::move(changed.names);
  return changed.slots;
}

void Upkeep::ask_again(const Series& series, const TimeRange& range, DataSource source, Refetch refetch,
                       const std::stop_token& stop, RefreshResult& result, std::vector<store::RowChanges>& changes) {
  Retrieved retrieved;
  try {
    retrieved = answering_.run({.window = {series, range},
                                .policy = refresh_policy(source),
                                .now = answering_.now(),
                                .options = {.enforce_source = source, .partial = true, .stop = stop},
                                .refetch = refetch});
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

}  // namespace klinekeep::manager
