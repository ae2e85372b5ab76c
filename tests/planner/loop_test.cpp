// Laws of plan and learn together: whatever a source answers, asking ends, an enforced source is never left, and what
// is said of the slots in the end adds up.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "planner/any_answer.hpp"
#include "planner/period.hpp"

namespace klinekeep::planner {
namespace {

struct Run {
  Request request;
  Policy policy;
  Timestamp now;
  Ledger ledger;
  std::vector<Action> asked;
};

Run run_to_the_end(DataSource source) {
  Run run{.request = any_request(), .policy = {.source = source}, .now = {}, .ledger = {}, .asked = {}};
  run.policy.accept_unverified = *rc::gen::arbitrary<bool>();
  run.policy.include_open = source != DataSource::VISION && *rc::gen::inRange(0, 4) == 0;
  run.policy.archive_above_points = *rc::gen::element(10'000, 500);
  run.now = *rc::gen::element(kLongAfter, run.request.slots.end, run.request.slots.end + std::chrono::hours{50});
  run.ledger = any_ledger(run.request);
  const Request& r = run.request;
  RC_LOG() << r.series.interval.name() << ' ' << format_iso(r.slots.begin) << ' ' << format_iso(r.slots.end) << " now "
           << format_iso(run.now) << "\n";
  for (int round = 0; round < 2000; ++round) {
    const Plan p = plan(r, run.policy, run.ledger, run.now);
    if (p.steps.empty()) return run;
    RC_ASSERT(p.at_once >= 1U && p.at_once <= p.steps.size());
    for (std::size_t i = 0; i < p.at_once; ++i) {
      RC_LOG() << text(p.steps[i]) << " because " << p.steps[i].reason << "\n";
      RC_ASSERT(std::ranges::count(run.asked, p.steps[i].action) == 0);
      RC_ASSERT(!p.steps[i].reason.empty());
      run.asked.push_back(p.steps[i].action);
      run.ledger = learn(std::move(run.ledger), r, p.steps[i], any_answer(r, p.steps[i]));
    }
  }
  RC_FAIL("asking does not end");
  return run;
}

bool is_of_rest(const Action& action) {
  return std::holds_alternative<RestPage>(action) || std::holds_alternative<FirstCandle>(action);
}

DataSource any_source() {
  return *rc::gen::element(DataSource::AUTO, DataSource::AUTO, DataSource::REST, DataSource::VISION, DataSource::CACHE);
}

RC_GTEST_PROP(Loop, EndsNeverAsksTwiceAndNeverLeavesAnEnforcedSource, ()) {
  const DataSource source = any_source();
  const Run run = run_to_the_end(source);
  for (const Action& action : run.asked) {
    RC_ASSERT(source != DataSource::CACHE);
    if (source == DataSource::REST) RC_ASSERT(is_of_rest(action));
    if (source == DataSource::VISION) RC_ASSERT(!is_of_rest(action));
    if (const auto* file = std::get_if<ArchiveFile>(&action)) {
      RC_ASSERT(run.policy.accept_unverified || !file->accept_unverified);
      RC_ASSERT(has_files(file->granularity, run.request.series.interval));
      const Duration delay = source == DataSource::AUTO ? run.policy.archive_delay : Duration{0};
      RC_ASSERT(period_over(file->granularity, file->period, run.request.series.interval) + delay <= run.now);
    }
  }
}

RC_GTEST_PROP(Loop, WhatClosedIsPresentOrAGapOrMissingAndNothingTwice, ()) {
  const Run run = run_to_the_end(any_source());
  const RangeSet closed{closed_part(run.request.slots, run.request.series.interval, run.now)};
  RangeSet told = run.ledger.present.intersect(closed);
  const auto tell = [&](const TimeRange& range) {
    RC_ASSERT(!range.empty());
    RC_ASSERT(!told.touches(range));
    RC_ASSERT(run.request.series.interval.on_grid(range.begin) && run.request.series.interval.on_grid(range.end));
    told.add(range);
  };
  if (is_unknown(run.request, run.policy, run.ledger)) return;
  Timestamp last = kBeginOfTime;
  for (const MissingRange& m : missing(run.request, run.policy, run.ledger, run.now)) {
    RC_ASSERT(!m.detail.empty());
    RC_ASSERT(last <= m.range.begin);
    last = m.range.end;
    tell(m.range);
  }
  for (const Gap& gap : gaps(run.request, run.policy, run.ledger, run.now)) tell(gap.range);
  RC_ASSERT(told == closed);
}

RC_GTEST_PROP(Loop, WhatIsLeftOfAnEnforcedSourceIsNamedMissing, ()) {
  const bool from_rest = *rc::gen::arbitrary<bool>();
  const Run run = run_to_the_end(from_rest ? DataSource::REST : DataSource::VISION);
  RangeSet named;
  for (const MissingRange& m : missing(run.request, run.policy, run.ledger, run.now)) named.add(m.range);
  RangeSet left{closed_part(run.request.slots, run.request.series.interval, run.now)};
  left.subtract(from_rest ? run.ledger.rest : run.ledger.archive);
  if (from_rest) left.subtract(run.ledger.rest_gaps_due);
  left.subtract(before_first(run.request, run.policy, run.ledger));
  left.subtract(run.ledger.present);
  RC_ASSERT(left == named);
}

RC_GTEST_PROP(Loop, WhatAutoNamesMissingNobodyCouldAnswer, ()) {
  const Run run = run_to_the_end(DataSource::AUTO);
  for (const MissingRange& m : missing(run.request, run.policy, run.ledger, run.now)) {
    RC_ASSERT(!run.ledger.archive.contains(m.range) || !run.ledger.rest.contains(m.range));
    RC_ASSERT(!run.ledger.rest_gaps_due.touches(m.range));
    // Nothing is blamed on the archive's calendar: what it does not publish, REST is asked.
    RC_ASSERT(m.cause != Cause::not_published);
  }
}

RC_GTEST_PROP(Loop, AGapThatStandsIsOneThatWasDueAndHadNoAnswer, ()) {
  const Run run = run_to_the_end(*rc::gen::element(DataSource::AUTO, DataSource::REST));
  for (const TimeRange& range : standing_gaps(run.request, run.policy, run.ledger, run.now)) {
    RC_ASSERT(run.ledger.rest_gaps_due.contains(range));
    RC_ASSERT(!run.ledger.rest.touches(range));
    RangeSet told;
    for (const Gap& gap : gaps(run.request, run.policy, run.ledger, run.now)) told.add(gap.range);
    RC_ASSERT(told.contains(range));
  }
}

/// Upstream as it should be: all files and candles are there, but for the holes that the archive is known to have.
Answer ideal_answer(const Run& run, const RangeSet& archive_holes, const Step& step) {
  const Interval interval = run.request.series.interval;
  const auto all_of = [&](const TimeRange& range) {
    return rows({closed_part({interval.ceil(range.begin), interval.ceil(range.end)}, interval, run.now)}, interval);
  };
  if (const auto* page = std::get_if<RestPage>(&step.action)) return all_of(page->window);
  const auto* const list = std::get_if<List>(&step.action);
  if (list == nullptr) {
    Rows file = all_of(step.range);
    file.have.subtract(archive_holes);
    return file;
  }
  Listed listed{.periods = {}, .complete = true};
  const auto& exists = run.ledger.of(list->granularity).exists;
  const bool first_known = run.ledger.of(list->granularity).first_known;
  Timestamp period = first_known && !exists.empty() ? *exists.begin() : at("2017-08-01");
  if (list->after) period = std::max(period, next_period(list->granularity, *list->after));
  for (; period < run.now; period = next_period(list->granularity, period)) listed.periods.push_back(period);
  return listed;
}

std::vector<std::string> sorted_texts(const std::vector<Step>& steps) {
  std::vector<std::string> list = texts(steps);
  std::ranges::sort(list);
  return list;
}

std::int64_t cost(const std::vector<Step>& steps) {
  std::int64_t sum = 0;
  for (const Step& step : steps) {
    const std::int64_t factor = std::holds_alternative<RestPage>(step.action) ? kAuto.rest_factor : 1;
    sum += factor * (step.bytes + step.requests * kAuto.request_cost);
  }
  return sum;
}

RC_GTEST_PROP(Loop, WhatIsPlannedIsWhatIsAskedIfAllIsThere, ()) {
  Run run{.request = any_request(), .policy = {.source = any_source()}, .now = {}, .ledger = {}, .asked = {}};
  run.policy.archive_above_points = *rc::gen::element(10'000, 500);
  run.now = *rc::gen::element(kLongAfter, run.request.slots.end, run.request.slots.end + std::chrono::hours{50});
  run.ledger = any_ledger(run.request);
  run.ledger.first_candle.reset();  // the files of this upstream go back further
  RC_LOG() << run.request.series.interval.name() << ' ' << format_iso(run.request.slots.begin) << ' '
           << format_iso(run.request.slots.end) << " now " << format_iso(run.now) << "\n";
  const std::vector<Step> planned = plan(run.request, run.policy, run.ledger, run.now).steps;
  std::vector<Step> asked;
  const RangeSet archive_holes = run.ledger.archive.minus(run.ledger.present);
  while (true) {
    const Plan p = plan(run.request, run.policy, run.ledger, run.now);
    if (p.steps.empty()) break;
    for (std::size_t i = 0; i < p.at_once; ++i) {
      RC_LOG() << text(p.steps[i]) << " because " << p.steps[i].reason << "\n";
      asked.push_back(p.steps[i]);
      run.ledger = learn(std::move(run.ledger), run.request, p.steps[i], ideal_answer(run, archive_holes, p.steps[i]));
    }
    RC_ASSERT(asked.size() < 1000U);
  }
  // Once a month's file has come, a page for holes that were known before it may pass over what it brought, and do with
  // fewer calls than were planned.
  RC_ASSERT(cost(asked) <= cost(planned));
  if (archive_holes.intersect(run.request.slots).empty()) RC_ASSERT(sorted_texts(asked) == sorted_texts(planned));
}

}  // namespace
}  // namespace klinekeep::planner
