#include "manager/retrieval.hpp"

#include <arrow/record_batch.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/last_open.hpp"
#include "manager/elsewhere.hpp"
#include "manager/knowledge.hpp"
#include "planner/plan.hpp"

namespace klinekeep::manager {
namespace {

using store::Month;

constexpr int kRounds = 3;  // a cache that loses again what was fetched for it is given up

bool is_file_or_page(const planner::Step& step) {
  return std::holds_alternative<planner::ArchiveFile>(step.action) ||
         std::holds_alternative<planner::RestPage>(step.action);
}

bool is_list(const planner::Step& step) { return std::holds_alternative<planner::List>(step.action); }

/// The months of the steps that `counts` likes.
template <class Counts>
std::set<Month> months_of(const std::vector<planner::Step>& steps, Counts counts) {
  std::set<Month> months;
  for (const planner::Step& step : steps) {
    if (!counts(step)) continue;
    for (Timestamp at = step.range.begin; at < step.range.end; at = store::range_of(store::month_of(at)).end) {
      months.insert(store::month_of(at));
    }
  }
  return months;
}

std::string_view source_of(const planner::Step& step) {
  return std::holds_alternative<planner::RestPage>(step.action) ? "rest" : "vision";
}

/// `missing`, with another detail (and cause, where one is given) for what lies in `month`.
std::vector<MissingRange> told_of(const std::vector<MissingRange>& missing, Month month,
                                  const std::optional<Cause>& cause, const std::string& detail) {
  std::vector<MissingRange> told;
  for (const MissingRange& m : missing) {
    const TimeRange part = m.range.intersect(store::range_of(month));
    if (part.empty()) {
      told.push_back(m);
      continue;
    }
    const RangeSet rest = RangeSet{m.range}.minus(RangeSet{part});
    for (const TimeRange& other : rest) told.push_back({other, m.cause, m.detail});
    told.push_back({part, cause.value_or(m.cause), detail});
  }
  std::ranges::sort(told, {}, [](const MissingRange& m) { return m.range.begin; });
  return told;
}

/// What a step tells beside its rows.
void add_to_report(Report& report, const sources::StepResult& result) {
  if (result.file) ++report.parts_by_trust[std::string{name(result.file->trust)}];
  std::ranges::copy(result.notes, std::back_inserter(report.notes));
  if (!result.rows) return;
  report.duplicates += result.rows->duplicates;
  std::ranges::copy(result.rows->conflicts, std::back_inserter(report.conflicts));
}

std::string told_of_damage(Month month, const std::string& why) {
  return fmt::format("its file of {} was damaged: {}", store::text_of(month), why);
}

}  // namespace

Retrieval::Retrieval(const Request& request, const store::Store* cache, const Sources& sources)
    : request_(request),
      window_(request.window),
      policy_(request.policy),
      options_(request.options),
      cache_(cache),
      sources_(sources),
      filter_(store::filter_of(policy_.counted(), policy_.accept_unverified)),
      waiting_{.stop = options_.stop, .tell = [this](const std::string& sentence) { tell_of_wait(sentence); }},
      view_(request, filter_, cache),
      keeper_(request, filter_, view_, sources.parallel, waiting_),
      reached_(request.now) {}

Retrieval::Outlook Retrieval::outlook() {
  view_.reopen();
  ledger_ = ledger_from_the_cache();
  Outlook outlook{planner::plan(window_.wanted(), policy_, ledger_, request_.now), {}};
  RangeSet brought;
  for (const planner::Step& step : outlook.plan.steps) {
    if (is_file_or_page(step)) brought.add(step.range);
  }
  for (const MissingRange& m : missing()) {
    for (const TimeRange& range : RangeSet{m.range}.minus(brought)) {
      outlook.missing.push_back({range, m.cause, m.detail});
    }
  }
  return outlook;
}

Retrieved Retrieval::run() {
  if (!repairs()) prove();  // which sets aside what is damaged
  counted_ = view_.known().present;
  bool is_served = is_covered();
  for (int round = 1; !is_served; ++round) {
    if (round > kRounds) {
      throw CacheError(
          "the cache lost what this request had just written, again and again: it is damaged, or others remove it "
          "meanwhile; check the disk, or ask without the cache");
    }
    absences_kept_.clear();
    learn_from(ledger_from_the_cache());
    check_known();
    check_complete(missing());
    prove();
    is_served = all_is_served();
  }
  return answer();
}

/// Opens the cache and proves what the request will read. What of it is damaged is set aside, and not known any more.
void Retrieval::prove() {
  view_.reopen();
  view_.prove(options_.verify);
  if (!may_ask() && !view_.failure().empty()) throw CacheError(view_.failure());
  for (const std::string& sentence : view_.snapshot().notes()) note(sentence);
  for (const store::Damage& damage : view_.take_damages()) note_damage(damage);
}

/// Whether the cache has a candle that counts for every slot: then there is nothing to plan, and nothing to tell.
bool Retrieval::is_covered() const {
  return request_.refetch == Refetch::nothing && view_.known().present.contains(window_.wanted().slots);
}

/// A partition that was damaged while this ran, and begun anew, may not hold any more what the ledger believes.
bool Retrieval::all_is_served() const {
  RangeSet served = view_.known().present;
  served.add(keeper_.answered_in_memory());
  // 3d: days that nobody was asked about are known from a candle that covers them.
  RangeSet answered = ledger_.archive;
  answered.add(ledger_.rest);
  return ledger_.present.intersect(answered).intersect(window_.slots()).minus(served).empty();
}

void Retrieval::learn_from(planner::Ledger ledger) {
  ledger_ = std::move(ledger);
  if (!may_ask()) return;
  ask_sources(ledger_);
  if (repairs()) {
    check_known();
    check_complete(missing());
  }
  keep_what_came();
  if (repairs() && !view_.failure().empty()) throw CacheError(view_.failure());
}

planner::Ledger Retrieval::ledger_from_the_cache() {
  planner::Ledger ledger;
  if (request_.refetch == Refetch::everything || repairs()) return ledger;
  add_facts(ledger, facts(), window_.wanted(), policy_, request_.now);
  if (request_.refetch == Refetch::gaps) {
    store::Known known = view_.known();
    known.rest = {};
    known.holes.clear();
    add_known(ledger, known, window_.wanted(), policy_, request_.now);
  } else {
    add_what_is_cached(ledger);
  }
  // A candle that is there disproves them, whoever brought it.
  if (!ledger.first && !ledger.last) return ledger;
  const RangeSet there = view_.snapshot().known(store::Filter{}).present;
  if (ledger.first && there.touches(ledger.first->range)) ledger.first.reset();
  if (ledger.last && there.touches({ledger.last->range.begin, kEndOfTime})) ledger.last.reset();
  return ledger;
}

void Retrieval::add_what_is_cached(planner::Ledger& ledger) const {
  add_known(ledger, view_.known(), window_.wanted(), policy_, request_.now);
  for (const Month month : view_.snapshot().months()) {
    add_files(ledger, view_.snapshot().coverage(month), window_.wanted(), policy_, request_.now);
  }
}

const store::SeriesFacts& Retrieval::facts() {
  if (facts_) return *facts_;
  facts_.emplace();
  try {
    if (cache_ != nullptr) facts_ = cache_->facts(window_.wanted().series);
  } catch (const CacheError& error) {
    if (store::ran_out(error)) throw;
    // They would only spare a request; the partitions tell when the cache cannot be used.
  }
  return *facts_;
}

void Retrieval::ask_sources(planner::Ledger ledger) {
  if (!runner_) runner_ = sources_.make_runner();
  sources::StepLoop loop{
      window_.wanted(),
      policy_,
      std::move(ledger),
      *runner_,
      {.now = request_.now,
       .parallel = sources_.parallel,
       .progress = options_.progress ? [this](const Progress& progress) { tell(progress); } : options_.progress,
       .stop = options_.stop}};
  loop.run(*this);
  asked_a_source_ = asked_a_source_ || loop.asked_anything();
  ledger_ = loop.ledger();
  if (!failure_) failure_ = loop.failure();
  for (std::string& remark : planner::remarks(window_.wanted(), policy_, ledger_, request_.now)) {
    note(std::move(remark));
  }
}

void Retrieval::keep_what_came() {
  keep_absences(ledger_, {});
  keeper_.commit_all_but({});
  leases_.clear();
  remember_facts();
}

bool Retrieval::planned(const std::vector<planner::Step>& left, const std::vector<planner::Step>& next,
                        planner::Ledger& ledger) {
  const bool only_probes = !left.empty() && std::ranges::none_of(left, is_file_or_page);
  if (cache_ == nullptr || only_probes) return false;
  std::set<Month> open = months_of(left, [](const planner::Step& step) { return !is_list(step); });
  if (repairs()) {
    const auto all = store::months_in(window_.wanted().slots);
    open.insert(all.begin(), all.end());
  }
  keep_absences(ledger, open);
  keeper_.commit_all_but(open);
  std::erase_if(leases_, [&](const Held& held) {
    return std::ranges::none_of(held.months, [&](Month month) { return open.contains(month); });
  });
  std::set<Month> needed = months_of(next, is_file_or_page);
  for (const Held& held : leases_) {
    for (const Month month : held.months) needed.erase(month);
  }
  if (needed.empty()) return false;
  take_lease(std::move(needed));
  if (request_.refetch != Refetch::nothing) return false;
  // Someone may have fetched it while we waited, or just before.
  const RangeSet before = view_.known().present;
  const RangeSet rest_before = view_.known().rest;
  view_.reopen();
  if (view_.known().present == before && view_.known().rest == rest_before) return false;
  add_known(ledger, view_.known(), window_.wanted(), policy_, request_.now);
  counted_.add(view_.known().present);
  return true;
}

/// Leases are taken in ascending order, by everyone, so that nobody waits for one who waits for him.
void Retrieval::take_lease(std::set<Month> months) {
  const auto is_later = [&](const Held& held) { return *held.months.rbegin() > *months.begin(); };
  if (std::ranges::any_of(leases_, is_later)) {
    for (const Held& held : leases_) months.insert(held.months.begin(), held.months.end());
    leases_.clear();
  }
  store::Lease lease = cache_->lease(window_.wanted().series, {months.begin(), months.end()}, waiting_);
  leases_.push_back({std::move(months), std::move(lease)});
}

void Retrieval::take(const planner::Step& step, sources::StepResult result) {
  add_to_report(report_, result);
  const auto* const rows = std::get_if<planner::Rows>(&result.answer);
  if (rows == nullptr || !result.rows) return;
  reached_ = std::max(reached_, rows->times.heard_at);
  count_rows(step, *result.rows);
  keeper_.add(additions_of(window_.wanted(), step, result));
}

void Retrieval::count_rows(const planner::Step& step, const sources::Settled& rows) {
  const Interval interval = window_.wanted().series.interval;
  const RangeSet fresh = rows.have.intersect(window_.slots()).minus(counted_);
  std::int64_t count = 0;
  for (const TimeRange& range : fresh) {
    if (interval != Interval::DAY_3) count += interval.count(range);
  }
  if (interval == Interval::DAY_3) {
    count = std::ranges::count_if(rows.candles.open_time, [&](std::int64_t ms) { return fresh.contains(from_ms(ms)); });
  }
  counted_.add(fresh);
  if (count > 0) report_.rows_by_source[std::string{source_of(step)}] += count;
}

/// What is known by now to be absent, of months for which no step is left.
void Retrieval::keep_absences(const planner::Ledger& ledger, const std::set<Month>& open) {
  if (planner::is_unknown(window_.wanted(), policy_, ledger)) return;
  for (const planner::Absence& absence : planner::absences(window_.wanted(), policy_, ledger, request_.now)) {
    RangeSet range{absence.range};
    for (const Month month : open) range.subtract(store::range_of(month));
    RangeSet& kept = absences_kept_[absence.granularity];
    range.subtract(kept);
    kept.add(range);
    for (const TimeRange& part : range) {
      planner::Absence some = absence;
      some.range = part;
      keeper_.add({.settled = {addition_of(some)}, .young = {}});
    }
  }
}

void Retrieval::remember_facts() {
  if (cache_ == nullptr || planner::is_unknown(window_.wanted(), policy_, ledger_)) return;
  const store::SeriesFacts& before = facts();
  try {
    cache_->change_facts(
        window_.wanted().series,
        [&](store::SeriesFacts kept) { return facts_after(window_.wanted(), policy_, ledger_, before, kept); },
        waiting_);
  } catch (const CacheError&) {
    // It would only have spared a request next time; commits tell when the cache cannot be written.
  }
}

/// Files that the cache holds, of any month, disprove an empty listing.
void Retrieval::check_known() {
  if (!planner::is_unknown(window_.wanted(), policy_, ledger_)) return;
  if (policy_.source == DataSource::REST || !holds_files_of_the_archive()) throw_unknown();
  planner::doubt_empty_listing(ledger_);
}

bool Retrieval::holds_files_of_the_archive() const {
  if (cache_ == nullptr) return false;
  try {
    const store::Snapshot all =
        cache_->snapshot(window_.wanted().series, {kBeginOfTime, kEndOfTime}, store::Damaged::left);
    return !all.known(store::Filter{}).archive.empty();
  } catch (const CacheError& error) {
    if (store::ran_out(error)) throw;
    return false;
  }
}

void Retrieval::note(std::string sentence) {
  if (std::ranges::count(report_.notes, sentence) == 0) report_.notes.push_back(std::move(sentence));
}

/// Called from any thread.
void Retrieval::tell(Progress progress) {
  const std::scoped_lock lock{told_mutex_};
  told_ = std::move(progress);
  if (options_.progress) options_.progress(told_);
}

/// The same. Who is not told how far it has come finds it in the report.
void Retrieval::tell_of_wait(const std::string& sentence) {
  const std::scoped_lock lock{told_mutex_};
  if (!options_.progress) {
    waits_.push_back(sentence);
    return;
  }
  Progress progress = told_;
  progress.waiting = sentence;
  options_.progress(progress);
}

void Retrieval::note_damage(const store::Damage& damage) {
  if (damage.is_replaced) return;  // others commit, or prune
  const std::string fate = damage.kept_because.empty() ? fmt::format("moved to {}", damage.quarantined_to.string())
                                                       : fmt::format("left where it is: {}", damage.kept_because);
  note(fmt::format("{} is damaged ({}); {}", damage.path.string(), damage.why, fate));
  if (damaged_.emplace(damage.month, damage.why).second) ++errors_;
}

std::vector<MissingRange> Retrieval::missing() const {
  auto missing = window_.clip(planner::missing(window_.wanted(), policy_, ledger_, request_.now));
  if (policy_.source != DataSource::CACHE) {
    for (MissingRange& m : missing) tell_of_damage(m);
    return missing;
  }
  if (cache_ != nullptr && view_.snapshot().months().empty()) {
    const std::string elsewhere = missing.empty() ? "" : months_elsewhere(*cache_, window_.wanted().series);
    for (MissingRange& m : missing) m.detail += elsewhere.empty() ? "" : "; " + elsewhere;
  }
  // What is missing because its file was damaged just now, or cannot be read here, is not merely uncached.
  for (const Month month : view_.snapshot().newer_months()) {
    missing = told_of(missing, month, std::nullopt,
                      fmt::format("its file of {} is of a newer format", store::text_of(month)));
  }
  for (const auto& [month, why] : damaged_) {
    missing = told_of(missing, month, Cause::integrity, told_of_damage(month, why));
  }
  return missing;
}

/// The cache had it, and it could not be fetched again: whoever is told only the latter never hears of the former.
void Retrieval::tell_of_damage(MissingRange& missing) const {
  for (const auto& [month, why] : damaged_) {
    if (missing.range.intersect(store::range_of(month)).empty()) continue;
    missing.detail += "; and " + told_of_damage(month, why);
  }
}

void Retrieval::check_complete(std::vector<MissingRange> missing) {
  if (!missing.empty() && !options_.partial) throw_incomplete(window_.asked(), std::move(missing), failure_);
  report_.missing = std::move(missing);
}

void Retrieval::throw_unknown() const {
  const Series& series = window_.wanted().series;
  std::string seen = "neither REST nor the archive has a candle of it";
  if (policy_.source == DataSource::REST) seen = "REST answers -1121, invalid symbol";
  if (policy_.source == DataSource::VISION) {
    seen = fmt::format("the archive lists no {} file of it", series.interval.name());
  }
  if (cache_ != nullptr) {
    const std::string cached = intervals_cached(*cache_, series);
    if (!cached.empty()) seen += "; the cache has candles of it: " + cached;
    const std::string elsewhere = intervals_elsewhere(*cache_, series);
    if (!elsewhere.empty()) seen += "; " + elsewhere;
  }
  const std::string of_upstream = series.upstream.is_binance() ? "" : " of " + series.upstream.name();
  throw UnknownSymbol(
      fmt::format("{} is unknown in market {}{}: {}", series.symbol.text(), name(series.market), of_upstream, seen),
      window_.asked());
}

/// The cache may know what had not closed yet by our clock, where that has been set back or is `--now`.
TimeRange Retrieval::closed_range() const {
  if (policy_.include_open) return window_.range();
  const TimeRange closed = planner::closed_part(window_.wanted().slots, window_.wanted().series.interval, reached_);
  return window_.range().intersect({kBeginOfTime, closed.end});
}

Retrieved Retrieval::answer() {
  Retrieved retrieved;
  retrieved.batches = batches_of(keeper_, view_.snapshot(), closed_range(), filter_, request_);
  std::int64_t rows = 0;
  for (const MonthBatch& batch : retrieved.batches) rows += batch.batch->num_rows();
  finish_report(rows);
  if (cache_ != nullptr) {
    cache_->touch(view_.snapshot(), window_.range());
    for (std::string& sentence : cache_->take_news()) note(std::move(sentence));
  }
  retrieved.snapshot = std::move(view_.snapshot());
  retrieved.report = std::move(report_);
  retrieved.asked_a_source = asked_a_source_;
  retrieved.errors = errors_;
  retrieved.rows_committed = keeper_.rows_committed();
  retrieved.wrote = keeper_.wrote();
  retrieved.cache_failure = view_.failure();
  retrieved.changes = keeper_.take_changes();
  return retrieved;
}

void Retrieval::finish_report(std::int64_t rows) {
  report_.upstream = window_.wanted().series.upstream;
  report_.kind = window_.wanted().series.kind;
  report_.rows = rows;
  std::int64_t fetched = 0;
  for (const auto& [source, count] : report_.rows_by_source) fetched += count;
  if (rows > fetched) report_.rows_by_source["cache"] = rows - fetched;
  if (runner_) {
    report_.requests = runner_->requests();
    report_.bytes = runner_->bytes();
  }
  std::vector<Gap> gaps;
  if (!is_covered()) gaps = planner::gaps(window_.wanted(), policy_, ledger_, request_.now);
  report_.gaps = window_.clip(std::move(gaps));
  std::ranges::copy(keeper_.conflicts(), std::back_inserter(report_.conflicts));
  report_.conflicts = window_.clip(std::move(report_.conflicts));
  for (const TimeRange& range : view_.known().unverified.intersect(window_.slots())) {
    note(fmt::format("candles from {} are kept from files that no checksum proves",
                     from_to(range, window_.wanted().series.interval)));
  }
  std::vector<Timestamp> off_grid = view_.snapshot().off_grid(window_.range(), filter_);
  std::ranges::copy(keeper_.off_grid(), std::back_inserter(off_grid));
  report_.off_grid = window_.clip(std::move(off_grid));
  for (std::string& sentence : waits_) note(std::move(sentence));
  if (!view_.failure().empty()) {
    ++errors_;
    note(fmt::format("the cache could not be used: {}", view_.failure()));
  }
}

}  // namespace klinekeep::manager
