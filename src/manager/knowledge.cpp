#include "manager/knowledge.hpp"

#include <algorithm>

#include "core/market_rules.hpp"
#include "manager/refresh.hpp"
#include "planner/believed.hpp"
#include "planner/gap_age.hpp"
#include "planner/period.hpp"
#include "planner/plan.hpp"

namespace klinekeep::manager {
namespace {

using planner::Granularity;
using store::Hole;
using store::Origin;

template <class Meant>
RangeSet slots_of(const std::vector<Hole>& holes, Meant meant) {
  RangeSet slots;
  for (const Hole& hole : holes) {
    if (meant(hole)) slots.add(hole.range);
  }
  return slots;
}

bool is_of_rest(const Hole& hole) { return hole.origin == Origin::rest; }
bool is_of_archive(const Hole& hole) { return hole.origin != Origin::rest; }

template <class Meant>
RangeSet due(const std::vector<Hole>& holes, Interval interval, Timestamp now, Meant meant) {
  const RangeSet both = slots_of(holes, is_of_rest).intersect(slots_of(holes, is_of_archive));
  std::vector<planner::RememberedGap> gaps;
  for (const Hole& hole : holes) {
    if (meant(hole)) gaps.push_back({hole.range, hole.learnt_at, hole.asked_at, hole.weak});
  }
  return planner::due_again(gaps, both, interval, now);
}

std::vector<Hole> on_grid(std::vector<Hole> holes, Interval interval) {
  for (Hole& hole : holes) hole.range = {interval.ceil(hole.range.begin), interval.ceil(hole.range.end)};
  return holes;
}

/// The hull of what is due: all of a fact, or what of it is young.
TimeRange due_part(const store::NoCandles& fact, Interval interval, Timestamp now) {
  const RangeSet due = planner::fact_due_again({fact.range, fact.asked_at, fact.asked_at, fact.weak}, interval, now);
  return due.empty() ? TimeRange{} : TimeRange{due.begin()->begin, due.ranges().back().end};
}

void add_first_file(planner::FileLedger& files, Granularity granularity, const store::ListedFiles& kept, bool is_due) {
  if (is_due) {
    if (kept.first != kEndOfTime) files.first_remembered = kept.first;
    return;
  }
  files.first_known = true;
  if (kept.first == kEndOfTime) return;  // none then; of today that says nothing
  files.exists.try_emplace(kept.first, planner::ListedFile{kept.first, {}, {}});
  files.listed.add({kBeginOfTime, planner::next_period(granularity, kept.first)});
}

std::optional<store::ListedFiles> listed_files(const planner::FileLedger& files) {
  if (!files.listed_at) return std::nullopt;
  store::ListedFiles kept{.first = files.exists.empty() ? kEndOfTime : files.exists.begin()->first,
                          .last = {},
                          .asked_at = std::chrono::floor<std::chrono::seconds>(*files.listed_at)};
  if (files.exists.empty()) return kept;
  if (files.listed.ranges().back().end == kEndOfTime) kept.last = files.exists.rbegin()->first;
  return kept;
}

std::optional<store::NoCandles> to_keep(const std::optional<planner::NoCandles>& none) {
  if (!none || none->range.end == kEndOfTime || none->range.empty()) return std::nullopt;
  return store::NoCandles{none->range, std::chrono::floor<std::chrono::seconds>(none->asked_at), none->weak};
}

}  // namespace

void add_known(planner::Ledger& ledger, const store::Known& known, const planner::Wanted& wanted,
               const planner::Policy& policy, Timestamp now) {
  const bool asks = policy.source != DataSource::CACHE;
  const RangeSet doubts = asks ? due(known.holes, wanted.series.interval, now, is_of_rest) : RangeSet{};
  ledger.present.add(known.present);
  ledger.archive.add(known.archive);
  ledger.archive_was_there = ledger.archive_was_there || !known.archive.empty();
  if (policy.source == DataSource::VISION) ledger.archive_monthly.add(known.monthly);
  const RangeSet believed = known.rest.minus(doubts);
  ledger.rest.add(believed);
  ledger.rest_remembered.add(believed);
  ledger.rest_doubts.add(doubts);
}

void add_files(planner::Ledger& ledger, const store::Coverage& coverage, const planner::Wanted& wanted,
               const planner::Policy& policy, Timestamp now) {
  if (policy.counted() == DataSource::REST || coverage.files.empty()) return;
  const Interval interval = wanted.series.interval;
  const std::vector<KeptFile> files = kept_files(coverage, wanted.series);
  const bool asks = policy.source == DataSource::AUTO || policy.source == DataSource::VISION;
  const RangeSet doubts = asks ? due(on_grid(coverage.holes, interval), interval, now, is_of_archive) : RangeSet{};
  for (const KeptFile& file : files) {
    ledger.of(file.granularity).was_there = true;
    RangeSet slots = file.slots.intersect(doubts);
    if (slots.empty()) continue;
    ledger.doubted_files.push_back({file.granularity, file.period, file.etag, file.at, file.trust, std::move(slots)});
  }
  if (!planner::has_files(Granularity::daily, interval)) return;
  // What a monthly file was read for, and nobody has: not where another's row is kept that differs from its own.
  const RangeSet rows = store::rows_by(coverage, [](const store::Answered&) { return true; });
  const RangeSet monthly =
      store::answered_slots(coverage, [](const store::Answered& each) { return each.origin == Origin::monthly; });
  for (const KeptFile& file : files) {
    if (file.granularity != Granularity::monthly || monthly.empty()) continue;
    const TimeRange whole{interval.ceil(file.period), interval.ceil(monthly.ranges().back().end)};
    ledger.months_read.try_emplace(file.period, planner::MonthRead{file.at, file.trust});
    ledger.archive_day_holes.add(RangeSet{whole}.minus(monthly).minus(rows).minus(ledger.archive));
  }
}

void add_facts(planner::Ledger& ledger, const store::SeriesFacts& facts, const planner::Wanted& wanted,
               const planner::Policy& policy, Timestamp now) {
  const Interval interval = wanted.series.interval;
  const bool asks_rest = policy.source == DataSource::REST || policy.source == DataSource::AUTO;
  const bool asks_archive = policy.source == DataSource::VISION || policy.source == DataSource::AUTO;
  if (facts.before_first) {
    const store::NoCandles& first = *facts.before_first;
    const TimeRange doubted = asks_rest ? due_part(first, interval, now) : TimeRange{};
    if (!doubted.empty() && rules_of(wanted.series.market).began) {
      ledger.rest_doubts.add(first.range);
    } else {
      ledger.first = planner::NoCandles{first.range, first.asked_at, first.weak, doubted};
    }
  }
  if (facts.after_last) {
    const store::NoCandles& last = *facts.after_last;
    const TimeRange doubted = asks_rest ? due_part(last, interval, now) : TimeRange{};
    ledger.last = planner::NoCandles{last.range, last.asked_at, last.weak, doubted};
  }
  for (const Granularity g : {Granularity::daily, Granularity::monthly}) {
    const auto& kept = g == Granularity::daily ? facts.daily_files : facts.monthly_files;
    if (!kept) continue;
    const planner::RememberedGap gap{{kBeginOfTime, kept->first}, kept->asked_at, kept->asked_at};
    const RangeSet again = planner::fact_due_again(gap, Interval::DAY_1, now);
    add_first_file(ledger.of(g), g, *kept, asks_archive && again.contains(kBeginOfTime));
    ledger.of(g).was_there = ledger.of(g).was_there || kept->first != kEndOfTime;
  }
}

store::SeriesFacts facts_after(const planner::Wanted& wanted, const planner::Policy& policy,
                               const planner::Ledger& ledger, const store::SeriesFacts& before,
                               store::SeriesFacts kept) {
  auto first = to_keep(planner::first_in_rest(wanted, policy, ledger));
  auto last = to_keep(ledger.last);
  // A candle that came disproves them, also one of the archive's.
  if (first && ledger.present.touches({kBeginOfTime, first->range.end})) first.reset();
  if (last && ledger.present.touches({last->range.begin, kEndOfTime})) last.reset();
  if (first || before.before_first) kept.before_first = first;
  if (last || before.after_last) kept.after_last = last;
  if (const auto daily = listed_files(ledger.of(Granularity::daily))) kept.daily_files = daily;
  if (const auto monthly = listed_files(ledger.of(Granularity::monthly))) kept.monthly_files = monthly;
  return kept;
}

}  // namespace klinekeep::manager
