#include "planner/open_slots.hpp"

#include <algorithm>
#include <array>

#include "core/market_rules.hpp"
#include "planner/archive_files.hpp"
#include "planner/plan.hpp"
#include "planner/silence.hpp"

namespace klinekeep::planner {
namespace {

/// Since when the archive has anything: its first listed file, and of one whose rows are known its first row. A file of
/// a month says nothing of the days before `of_rest`, REST's first candle, where that lies in it, nor before the first
/// daily file. None where the listing has not told; kEndOfTime: it has no file.
std::optional<Timestamp> first_in_archive(const Wanted& wanted, const Ledger& ledger,
                                          std::optional<Timestamp> of_rest) {
  const Interval interval = wanted.series.interval;
  if (!is_fully_listed(ledger, interval)) return std::nullopt;
  Timestamp first = kEndOfTime;
  const auto& days = ledger.of(Granularity::daily).exists;
  for (const Granularity g : kGranularities) {
    const auto& files = ledger.of(g).exists;
    if (!has_files(g, interval) || files.empty()) continue;
    const TimeRange period = period_range(g, files.begin()->first);
    Timestamp begin = period.begin;
    if (of_rest && period.contains(*of_rest)) begin = *of_rest;
    const bool has_days = has_files(Granularity::daily, interval) && !days.empty();
    if (g == Granularity::monthly && has_days && period.contains(days.begin()->first)) continue;
    first = std::min(first, begin);
  }
  if (first == kEndOfTime) return first;
  // Not what its files were read for, and do not have.
  const RangeSet left = RangeSet{{interval.ceil(first), kEndOfTime}}.minus(ledger.archive.minus(ledger.present));
  return left.begin()->begin;
}

std::optional<Timestamp> first_of_rest(const Wanted& wanted, const Ledger& ledger) {
  if (ledger.unknown_to_rest) return kEndOfTime;
  if (!ledger.first) return std::nullopt;
  return wanted.series.interval.ceil(ledger.first->range.end);
}

/// A candle before it disproves it.
RangeSet until_first(const Wanted& wanted, const Ledger& ledger, Timestamp first) {
  const TimeRange& slots = wanted.slots;
  if (!ledger.present.empty()) first = std::min(first, ledger.present.begin()->begin);
  return {{slots.begin, std::clamp(wanted.series.interval.ceil(first), slots.begin, slots.end)}};
}

/// AUTO: before the earlier of REST's first candle and the archive's first file. Where the listing cannot be asked,
/// REST's word stands alone.
RangeSet before_first_of_both(const Wanted& wanted, const Ledger& ledger) {
  const Interval interval = wanted.series.interval;
  RangeSet in_rest = before_first_in_rest(wanted, ledger);
  const auto of_rest = first_of_rest(wanted, ledger);
  const auto of_archive = first_in_archive(wanted, ledger, of_rest);
  const bool listing_failed = std::ranges::any_of(
      kGranularities, [&](Granularity g) { return has_files(g, interval) && ledger.of(g).listing_failed; });
  if (ledger.unknown_to_rest) {
    return of_archive && *of_archive != kEndOfTime ? until_first(wanted, ledger, *of_archive) : RangeSet{};
  }
  if (!of_archive && !listing_failed) return before_market(wanted).intersect(wanted.slots);
  if (rules_of(wanted.series.market).began) in_rest.add(asked_from_the_begin(wanted, ledger));
  return until_first(wanted, ledger, of_archive.value_or(kEndOfTime)).intersect(in_rest);
}

RangeSet before_first_in_cache(const Wanted& wanted, const Ledger& ledger) {
  const auto of_rest = first_of_rest(wanted, ledger);
  const auto of_archive = first_in_archive(wanted, ledger, of_rest);
  if (of_rest && of_archive) return before_first_of_both(wanted, ledger);
  if (of_archive) return until_first(wanted, ledger, *of_archive);
  return before_first_in_rest(wanted, ledger).intersect(wanted.slots);
}

/// REST: what it has answered on evidence.
RangeSet answered_by_rest(const Ledger& ledger, const Judged& judged) {
  RangeSet answered = ledger.rest;
  answered.add(judged.absent);
  if (ledger.last) answered.add(RangeSet{ledger.last->range}.minus(RangeSet{ledger.last->due}));
  return answered;
}

}  // namespace

bool has_nothing_in_rest(const Ledger& ledger) {
  return ledger.unknown_to_rest || (ledger.first && ledger.first->range.end == kEndOfTime);
}

RangeSet before_first(const Wanted& wanted, const Policy& policy, const Ledger& ledger) {
  switch (policy.source) {
    case DataSource::REST:
      return before_first_in_rest(wanted, ledger).intersect(wanted.slots);
    case DataSource::VISION:
      break;
    case DataSource::AUTO:
      return before_first_of_both(wanted, ledger);
    case DataSource::CACHE:
      return before_first_in_cache(wanted, ledger);
  }
  const auto first = first_in_archive(wanted, ledger, std::nullopt);
  return first ? until_first(wanted, ledger, *first) : RangeSet{};
}

RangeSet before_first_unlisted(const Wanted& wanted, const Ledger& ledger, const TimeRange& slots) {
  const Interval interval = wanted.series.interval;
  const bool is_known = std::ranges::all_of(kGranularities, [&](Granularity g) {
    return !has_files(g, interval) || ledger.of(g).first_known || ledger.of(g).listing_failed;
  });
  if (is_known) return {};
  RangeSet before = ledger.unknown_to_rest ? RangeSet{slots} : before_first_in_rest(wanted, ledger).intersect(slots);
  before.subtract(ledger.present);
  before.subtract(before_market(wanted));
  return before;
}

OpenSlots find_open_slots(const Wanted& wanted, const Policy& policy, const Ledger& ledger, const TimeRange& slots) {
  RangeSet lacking{slots};
  lacking.subtract(before_first(wanted, policy, ledger));
  lacking.subtract(ledger.present);
  if (policy.source == DataSource::VISION)
    return {.open = lacking.minus(ledger.archive), .unproven = {}, .unasked = {}};
  const Judged judged = judge(ledger, wanted.series.interval);
  RangeSet answered = answered_by_rest(ledger, judged);
  if (policy.source == DataSource::CACHE) {
    for (const RangeSet* known : std::array<const RangeSet*, 3>{&ledger.archive, &answered, &ledger.rest_doubts}) {
      lacking.subtract(*known);
    }
    lacking.subtract(before_first_in_rest(wanted, ledger));
    if (ledger.last) lacking.subtract(RangeSet{ledger.last->range});
    return {.open = std::move(lacking), .unproven = {}, .unasked = {}};
  }
  lacking.subtract(ledger.not_yet);
  RangeSet weak = judged.weak;
  weak.add(judged.asked);
  weak.subtract(ledger.rest_doubts);
  if (policy.source == DataSource::AUTO) {
    weak.add(before_first_in_rest(wanted, ledger));
    if (ledger.unknown_to_rest) weak.add(slots);
  }
  weak.subtract(answered);
  answered.add(judged.asked);
  answered.add(weak);
  OpenSlots result{.open = lacking.minus(answered), .unproven = lacking.intersect(weak), .unasked = {}};
  if (policy.source == DataSource::AUTO) {
    result.unproven.subtract(ledger.archive);
  } else {
    result.unproven.subtract(judged.asked);
  }
  result.unasked = result.unproven.minus(judged.asked);
  if (!ledger.unknown_to_rest) {
    result.unasked = result.unasked.intersect(judged.weak).minus(before_first_in_rest(wanted, ledger));
  }
  return result;
}

RangeSet unanswered(const Wanted& wanted, const Policy& policy, const Ledger& ledger, Timestamp now) {
  const Interval interval = wanted.series.interval;
  const TimeRange closed = closed_part(wanted.slots, interval, now);
  OpenSlots left = find_open_slots(wanted, policy, ledger, closed);
  RangeSet& without = left.open;
  if (policy.source == DataSource::AUTO) {
    const ArchiveFiles files{wanted, policy, ledger, now};
    for_each_part(left.unproven, interval, [&](const TimeRange& part) {
      if (!files.is_settled(part.begin) || ledger.listing_contradicts) without.add(part);
    });
  }
  without.add(left.unasked);
  if (policy.source != DataSource::VISION) {
    without.subtract(ledger.rest_doubts);
    if (ledger.last) without.subtract(RangeSet{ledger.last->range});
  }
  if (policy.source == DataSource::AUTO || policy.source == DataSource::VISION) {
    without.add(ledger.refused.intersect(closed).minus(ledger.present));
  }
  return without;
}

RangeSet standing_gaps(const Wanted& wanted, const Policy& policy, const Ledger& ledger, Timestamp now) {
  const bool asks_rest = policy.source == DataSource::REST || policy.source == DataSource::AUTO;
  if (!asks_rest || ledger.unknown_to_rest) return {};
  const Judged judged = judge(ledger, wanted.series.interval);
  RangeSet gaps = ledger.rest_doubts.intersect(closed_part(wanted.slots, wanted.series.interval, now));
  for (const RangeSet* answered :
       std::array<const RangeSet*, 5>{&ledger.present, &ledger.rest, &judged.absent, &judged.asked, &ledger.not_yet}) {
    gaps.subtract(*answered);
  }
  gaps.subtract(before_first(wanted, policy, ledger));
  return gaps;
}

}  // namespace klinekeep::planner
