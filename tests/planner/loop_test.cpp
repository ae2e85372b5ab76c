// Laws of plan and learn together: whatever a source answers, asking ends, an enforced source is never left, and what
// is said of the slots in the end adds up.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "core/market_rules.hpp"
#include "planner/any_answer.hpp"
#include "planner/period.hpp"

namespace klinekeep::planner {
namespace {

struct Run {
  Wanted wanted;
  Policy policy;
  Timestamp now;
  Ledger ledger;
  std::vector<Action> asked;
};

Run run_to_the_end(DataSource source) {
  Run run{.wanted = any_request(), .policy = {.source = source}, .now = {}, .ledger = {}, .asked = {}};
  run.policy.accept_unverified = *rc::gen::arbitrary<bool>();
  run.policy.include_open = source != DataSource::VISION && *rc::gen::inRange(0, 4) == 0;
  run.policy.archive_above_points = *rc::gen::element(10'000, 500);
  run.now = *rc::gen::element(kLongAfter, run.wanted.slots.end, run.wanted.slots.end + std::chrono::hours{50});
  run.ledger = any_ledger(run.wanted, run.now);
  const Wanted& r = run.wanted;
  RC_LOG() << text(run.ledger);
  RC_LOG() << r.series.interval.name() << ' ' << format_iso(r.slots.begin) << ' ' << format_iso(r.slots.end) << " now "
           << format_iso(run.now) << "\n";
  for (int round = 0; round < 2000; ++round) {
    const Plan p = plan(r, run.policy, run.ledger, run.now);
    if (p.steps.empty()) return run;
    RC_ASSERT(p.at_once >= 1U && p.at_once <= p.steps.size());
    for (std::size_t i = 0; i < p.at_once; ++i) {
      RC_ASSERT(std::ranges::count(run.asked, p.steps[i].action) == 0);
      RC_ASSERT(!p.steps[i].reason.empty());
      run.asked.push_back(p.steps[i].action);
      const Answer answer = any_answer(r, p.steps[i], run.now);
      RC_LOG() << text(p.steps[i]) << " because " << p.steps[i].reason << ": " << text(answer) << "\n";
      run.ledger = learn(std::move(run.ledger), r, p.steps[i], answer);
    }
  }
  RC_FAIL("asking does not end");
  return run;
}

bool is_of_rest(const Action& action) {
  return std::holds_alternative<RestPage>(action) || std::holds_alternative<FirstCandle>(action) ||
         std::holds_alternative<NextCandle>(action);
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
      RC_ASSERT(has_files(file->granularity, run.wanted.series.interval));
      const Duration delay = source == DataSource::AUTO ? run.policy.archive_delay : Duration{0};
      RC_ASSERT(period_over(file->granularity, file->period, run.wanted.series.interval) + delay <= run.now);
    }
  }
}

RC_GTEST_PROP(Loop, WhatClosedIsPresentOrAGapOrMissingAndNothingTwice, ()) {
  const Run run = run_to_the_end(any_source());
  const RangeSet closed{closed_part(run.wanted.slots, run.wanted.series.interval, run.now)};
  RangeSet told = run.ledger.present.intersect(closed);
  const auto tell = [&](const TimeRange& range) {
    RC_ASSERT(!range.empty());
    RC_ASSERT(!told.touches(range));
    RC_ASSERT(run.wanted.series.interval.on_grid(range.begin) && run.wanted.series.interval.on_grid(range.end));
    told.add(range);
  };
  if (is_unknown(run.wanted, run.policy, run.ledger)) return;
  Timestamp last = kBeginOfTime;
  for (const MissingRange& m : missing(run.wanted, run.policy, run.ledger, run.now)) {
    RC_ASSERT(!m.detail.empty());
    RC_ASSERT(last <= m.range.begin);
    last = m.range.end;
    tell(m.range);
  }
  for (const Gap& gap : gaps(run.wanted, run.policy, run.ledger, run.now)) tell(gap.range);
  RC_ASSERT(told == closed);
}

RangeSet named_missing(const Run& run) {
  RangeSet named;
  for (const MissingRange& m : missing(run.wanted, run.policy, run.ledger, run.now)) named.add(m.range);
  return named;
}

RangeSet closed_slots(const Run& run) { return {closed_part(run.wanted.slots, run.wanted.series.interval, run.now)}; }

RC_GTEST_PROP(Loop, WhatIsLeftOfTheArchiveIsNamedMissing, ()) {
  const Run run = run_to_the_end(DataSource::VISION);
  RangeSet left = closed_slots(run).minus(run.ledger.archive);
  left.subtract(before_first(run.wanted, run.policy, run.ledger));
  left.add(closed_slots(run).intersect(run.ledger.refused));
  left.subtract(run.ledger.present);
  RC_ASSERT(left == named_missing(run));
}

RC_GTEST_PROP(Loop, OfRestWhatNoAnswerToldOfIsNamedMissingAndWhatRowsToldOfIsNot, ()) {
  const Run run = run_to_the_end(DataSource::REST);
  RangeSet answered = run.ledger.present;
  answered.add(run.ledger.rest);
  answered.add(run.ledger.rest_doubts);
  answered.add(before_first(run.wanted, run.policy, run.ledger));
  if (run.ledger.last) answered.add(run.ledger.last->range);
  RangeSet told = answered;
  told.add(run.ledger.not_yet);
  for (const Silence& silence : run.ledger.silences) told.add(silence.range);
  const RangeSet named = named_missing(run);
  if (!run.ledger.unknown_to_rest) RC_ASSERT(closed_slots(run).minus(told).minus(named).empty());
  RC_ASSERT(named.intersect(answered).empty());
}

RC_GTEST_PROP(Loop, WhatAutoNamesMissingNobodyCouldAnswer, ()) {
  const Run run = run_to_the_end(DataSource::AUTO);
  if (is_unknown(run.wanted, run.policy, run.ledger)) return;
  for (const MissingRange& m : missing(run.wanted, run.policy, run.ledger, run.now)) {
    RC_LOG() << "missing " << text(RangeSet{m.range}) << ": " << m.detail << "\n";
    if (run.ledger.refused.contains(m.range)) continue;
    RC_ASSERT(!run.ledger.archive.contains(m.range) || !run.ledger.rest.contains(m.range));
    RC_ASSERT(!run.ledger.rest_doubts.touches(m.range) || run.ledger.refused.touches(m.range));
    // Nothing is blamed on the archive's calendar: what it does not publish, REST is asked.
    RC_ASSERT(m.cause != Cause::not_published);
  }
}

RC_GTEST_PROP(Loop, AGapThatStandsIsOneThatWasDueAndHadNoAnswer, ()) {
  const Run run = run_to_the_end(*rc::gen::element(DataSource::AUTO, DataSource::REST));
  for (const TimeRange& range : standing_gaps(run.wanted, run.policy, run.ledger, run.now)) {
    RC_ASSERT(run.ledger.rest_doubts.contains(range));
    RC_ASSERT(!run.ledger.rest.touches(range));
    RangeSet told;
    for (const Gap& gap : gaps(run.wanted, run.policy, run.ledger, run.now)) told.add(gap.range);
    RC_ASSERT(told.contains(range) || run.ledger.refused.touches(range));
  }
}

RC_GTEST_PROP(Loop, WhatIsKeptAsAbsentIsNeitherThereNorMissingNorRefusedNorYetToCome, ()) {
  const Run run = run_to_the_end(any_source());
  if (is_unknown(run.wanted, run.policy, run.ledger)) return;
  const RangeSet named = named_missing(run);
  RangeSet told;
  for (const Gap& gap : gaps(run.wanted, run.policy, run.ledger, run.now)) {
    if (gap.reason != kNotYet) told.add(gap.range);
  }
  for (const Absence& absence : absences(run.wanted, run.policy, run.ledger, run.now)) {
    RC_ASSERT(!absence.range.empty());
    RC_ASSERT(run.policy.source != DataSource::CACHE);
    RC_ASSERT(!named.touches(absence.range) || absence.granularity);
    RC_ASSERT(!run.ledger.present.touches(absence.range) || absence.granularity);
    RC_ASSERT(!run.ledger.refused.touches(absence.range) || absence.granularity);
    if (!absence.granularity) {
      RC_ASSERT(run.wanted.slots.contains(absence.range));
      RC_ASSERT(told.contains(absence.range));
    }
  }
}

/// Lies by omission: nothing is there that is not, but pages lose rows or all of them, files come cut or not at all,
/// listings are short, the first or the next candle is later, and clocks are wrong.
Answer lie(const Run& run, const Truth& truth, const Step& step) {
  Truth less = truth;
  const auto hours_of = [](int n) { return std::chrono::hours{*rc::gen::inRange(1, n)}; };
  const Interval interval = run.wanted.series.interval;
  if (*rc::gen::arbitrary<bool>()) {
    const TimeRange& range = step.range;
    const Timestamp from = interval.ceil(range.begin + hours_of(1500) - std::chrono::hours{48});
    less.has.subtract({from, interval.ceil(from + hours_of(1500))});
    if (*rc::gen::inRange(0, 4) == 0) less.has = {};
    less.archived = less.archived.intersect(less.has);
  }
  const Timestamp as_of = *rc::gen::inRange(0, 5) == 0 ? run.now - hours_of(30) : run.now;
  Answer answer = true_answer(run.wanted, less, step, as_of);
  if (std::holds_alternative<ArchiveFile>(step.action) && *rc::gen::inRange(0, 5) == 0) answer = Absent{};
  if (auto* rows = std::get_if<Rows>(&answer)) {
    rows->have = rows->have.intersect(closed_part(step.range, interval, as_of));
    rows->times = {run.now, run.now, as_of};
  }
  if (*rc::gen::inRange(0, 8) == 0) answer = Failed{Cause::unavailable, "down"};
  return answer;
}

template <class Answers>
void run_with(Run& run, Answers answers) {
  for (int round = 0; round < 2000; ++round) {
    const Plan p = plan(run.wanted, run.policy, run.ledger, run.now);
    if (p.steps.empty()) return;
    for (std::size_t i = 0; i < p.at_once; ++i) {
      RC_ASSERT(std::ranges::count(run.asked, p.steps[i].action) == 0);
      run.asked.push_back(p.steps[i].action);
      const Answer answer = answers(p.steps[i]);
      RC_LOG() << text(p.steps[i]) << " because " << p.steps[i].reason << ": " << text(answer) << "\n";
      run.ledger = learn(std::move(run.ledger), run.wanted, p.steps[i], answer);
    }
  }
  RC_FAIL("asking does not end");
}

Run any_run_with_truth(DataSource source, Truth& truth) {
  Run run{.wanted = any_request(), .policy = {.source = source}, .now = {}, .ledger = {}, .asked = {}};
  run.policy.archive_above_points = *rc::gen::element(10'000, 500);
  run.now = *rc::gen::element(kLongAfter, run.wanted.slots.end, run.wanted.slots.end + std::chrono::hours{50});
  truth = any_truth(run.wanted, run.now);
  RC_LOG() << run.wanted.series.interval.name() << ' ' << format_iso(run.wanted.slots.begin) << ' '
           << format_iso(run.wanted.slots.end) << " now " << format_iso(run.now) << " has "
           << text(truth.has.intersect(run.wanted.slots)) << " archived "
           << text(truth.archived.intersect(run.wanted.slots)) << "\n";
  return run;
}

/// What is there is present, nothing else is, and nothing is missing.
void expect_whole(const Run& run, const RangeSet& all) {
  RC_ASSERT(run.ledger.present.intersect(run.wanted.slots) == all.intersect(closed_slots(run)));
  RC_ASSERT(named_missing(run).empty());
}

RC_GTEST_PROP(Loop, FromNothingTheTruthIsLearntWhole, ()) {
  Truth truth;
  Run run = any_run_with_truth(*rc::gen::element(DataSource::AUTO, DataSource::REST), truth);
  run_with(run, [&](const Step& step) { return true_answer(run.wanted, truth, step, run.now); });
  expect_whole(run, truth.has);
}

RC_GTEST_PROP(Loop, WhatALiarLeftOutComesOnceItIsAskedAgain, ()) {
  Truth truth;
  Run run = any_run_with_truth(*rc::gen::element(DataSource::AUTO, DataSource::REST), truth);
  run_with(run, [&](const Step& step) { return lie(run, truth, step); });
  RC_ASSERT(run.ledger.present.minus(truth.has).empty());
  RC_LOG() << "now the truth, present " << text(run.ledger.present) << "\n";
  Run again = run;
  again.policy.doubts = 1'000'000;
  again.asked.clear();
  again.ledger = {};
  again.ledger.present = run.ledger.present;
  for (const Absence& absence : absences(run.wanted, run.policy, run.ledger, run.now)) {
    if (absence.granularity) continue;
    again.ledger.rest_doubts.add(absence.range);
    RC_LOG() << "absent " << text(RangeSet{absence.range}) << "\n";
  }
  if (const auto first = first_in_rest(run.wanted, run.policy, run.ledger)) {
    if (rules_of(run.wanted.series.market).began) {
      again.ledger.rest_doubts.add(first->range);
    } else {
      again.ledger.first = first;
      again.ledger.first->due = first->range;
    }
    RC_LOG() << "first " << text(RangeSet{first->range}) << "\n";
  }
  if (run.ledger.last) {
    again.ledger.last = run.ledger.last;
    again.ledger.last->due = again.ledger.last->range;
    RC_LOG() << "last " << text(RangeSet{run.ledger.last->range}) << "\n";
  }
  run_with(again, [&](const Step& step) { return true_answer(run.wanted, truth, step, run.now); });
  expect_whole(again, truth.has);
}

/// Upstream as it should be: all files and candles are there, but for the holes that the archive is known to have.
Answer ideal_answer(const Run& run, const RangeSet& archive_holes, const Step& step) {
  const Interval interval = run.wanted.series.interval;
  const auto all_of = [&](const TimeRange& range) {
    return rows({closed_part({interval.ceil(range.begin), interval.ceil(range.end)}, interval, run.now)}, interval,
                run.now);
  };
  if (const auto* page = std::get_if<RestPage>(&step.action)) return all_of(page->window);
  if (std::holds_alternative<NextCandle>(step.action)) return found(step.range.begin, run.now);
  if (std::holds_alternative<FirstCandle>(step.action)) return found(at("2017-08-17T04:00"), run.now);
  const auto* const list = std::get_if<List>(&step.action);
  if (list == nullptr) {
    Rows file = all_of(step.range);
    file.have.subtract(archive_holes);
    return file;
  }
  Listed listed{.files = {}, .complete = true, .asked_at = run.now};
  const auto& exists = run.ledger.of(list->granularity).exists;
  const bool first_known = run.ledger.of(list->granularity).first_known;
  Timestamp period = first_known && !exists.empty() ? exists.begin()->first : at("2017-08-01");
  if (list->after) period = std::max(period, next_period(list->granularity, *list->after));
  for (; period < run.now; period = next_period(list->granularity, period)) {
    listed.files.push_back({period, "old", at("2017-08-17")});
  }
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
  Run run{.wanted = any_request(), .policy = {.source = any_source()}, .now = {}, .ledger = {}, .asked = {}};
  run.policy.archive_above_points = *rc::gen::element(10'000, 500);
  run.now = *rc::gen::element(kLongAfter, run.wanted.slots.end, run.wanted.slots.end + std::chrono::hours{50});
  run.ledger = any_ledger(run.wanted, run.now);
  run.ledger.first.reset();  // this upstream has all there is to be asked for
  run.ledger.last.reset();
  run.ledger.doubted_files.clear();  // that is asked when nothing else is left
  RC_LOG() << run.wanted.series.interval.name() << ' ' << format_iso(run.wanted.slots.begin) << ' '
           << format_iso(run.wanted.slots.end) << " now " << format_iso(run.now) << "\n";
  const std::vector<Step> planned = plan(run.wanted, run.policy, run.ledger, run.now).steps;
  // What a question finds decides about pages that are planned only then.
  RC_PRE(
      std::ranges::none_of(planned, [](const Step& step) { return std::holds_alternative<NextCandle>(step.action); }));
  std::vector<Step> asked;
  const RangeSet archive_holes = run.ledger.archive.minus(run.ledger.present);
  const RangeSet day_holes = run.ledger.archive_day_holes;
  while (true) {
    const Plan p = plan(run.wanted, run.policy, run.ledger, run.now);
    if (p.steps.empty()) break;
    for (std::size_t i = 0; i < p.at_once; ++i) {
      RC_LOG() << text(p.steps[i]) << " because " << p.steps[i].reason << "\n";
      asked.push_back(p.steps[i]);
      const Answer answer = ideal_answer(run, archive_holes, p.steps[i]);
      run.ledger = learn(std::move(run.ledger), run.wanted, p.steps[i], answer);
    }
    RC_ASSERT(asked.size() < 1000U);
  }
  // Once a month's file has come, a page for holes that were known before it may pass over what it brought, and do with
  // fewer calls than were planned.
  RC_ASSERT(cost(asked) <= cost(planned));
  RangeSet known_holes = archive_holes;
  known_holes.add(day_holes);
  if (known_holes.intersect(run.wanted.slots).empty()) RC_ASSERT(sorted_texts(asked) == sorted_texts(planned));
}

}  // namespace
}  // namespace klinekeep::planner
