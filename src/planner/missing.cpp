#include <algorithm>

#include "planner/archive_files.hpp"
#include "planner/open_slots.hpp"
#include "planner/plan.hpp"

namespace klinekeep::planner {
namespace {

struct Why {
  Cause cause;
  std::string detail;
  int weight;  // the gravest explanation wins
};

Why of_failure(Cause cause, const std::string& detail) {
  switch (cause) {
    case Cause::rate_limited:
      return {cause, detail, 5};
    case Cause::integrity:
      return {cause, detail, 3};
    default:
      return {cause, detail, 4};
  }
}

Why explain(const FileState& state) {
  using enum FileState::Kind;
  switch (state.kind) {
    case failed:
      return of_failure(state.cause, state.detail);
    case malformed:
    case unverified:
      return {Cause::integrity, state.detail, 3};
    case read:
      return {Cause::not_published, "the archive's file was made before these candles had closed", 2};
    case absent:
      break;
  }
  return {Cause::not_published, "the archive has no file of it", 1};
}

Why contradiction() {
  return {Cause::unavailable, "the archive lists no file of it, though the cache holds some: it contradicts itself", 4};
}

Why unsettled() { return {Cause::integrity, "REST's answers did not settle it", 2}; }

/// Why the archive has no answer for a candle that opens at `slot`.
Why why_not_archived(const ArchiveFiles& files, Timestamp slot) {
  Why why{Cause::not_published, "the archive has a file of it once its period is over", 0};
  for (const Granularity g : kGranularities) {
    const Timestamp period = period_of(g, slot);
    if (!files.is_due(g, period)) continue;
    Why candidate{Cause::not_published, "it was not asked", 1};
    if (const FileState* const state = files.state(g, slot)) {
      candidate = explain(*state);
    } else if (!files.can_ask(g, period)) {
      candidate = explain({.kind = FileState::Kind::absent});
    }
    if (candidate.weight > why.weight) why = std::move(candidate);
  }
  return why;
}

/// Slots of which REST has said that there is no candle, and a glitch could not have made it say so.
RangeSet told_by_rest(const Wanted& wanted, const Policy& policy, const Ledger& ledger) {
  if (has_nothing_in_rest(ledger))
    return RangeSet{wanted.slots}.minus(find_open_slots(wanted, policy, ledger, wanted.slots).unasked);
  std::vector<TimeRange> silent;
  silent.reserve(ledger.silences.size());
  for (const Silence& silence : ledger.silences) silent.push_back(silence.range);
  return RangeSet::of(std::move(silent)).minus(find_open_slots(wanted, policy, ledger, wanted.slots).unasked);
}

/// AUTO: why none of the sources has it. REST's failure counts, unless something graver came of the archive.
Why why_not_had(const Ledger& ledger, const ArchiveFiles& files, Timestamp slot, const MissingRange* rest_failure,
                const RangeSet& told_by_rest) {
  if (ledger.listing_contradicts && ledger.unknown_to_rest) return contradiction();
  const Why why = why_not_archived(files, slot);
  if (rest_failure != nullptr) {
    const Why of_rest = of_failure(rest_failure->cause, rest_failure->detail);
    return of_rest.weight >= why.weight ? of_rest : why;
  }
  const bool was_asked = ledger.rest_asked || ledger.first_asked || !ledger.questions.empty();
  const bool is_told = !was_asked || told_by_rest.contains(slot);
  if (!is_told) return why.weight <= unsettled().weight ? unsettled() : why;
  return ledger.listing_contradicts && why.weight < contradiction().weight ? contradiction() : why;
}

/// Why a candle that the archive has is not taken.
Why refusal(const ArchiveFiles& files, Timestamp slot) {
  for (const Granularity g : kGranularities) {
    const FileState* const state = files.state(g, slot);
    if (state != nullptr && state->kind == FileState::Kind::unverified) return explain(*state);
  }
  return {Cause::not_published, "the archive's file was made before these candles had closed", 2};
}

/// A list in order; neighbours with one explanation are joined.
std::vector<MissingRange> joined(std::vector<MissingRange> list) {
  std::ranges::sort(list, {}, [](const MissingRange& m) { return m.range.begin; });
  std::vector<MissingRange> result;
  for (MissingRange& next : list) {
    const bool same = !result.empty() && result.back().range.end == next.range.begin &&
                      result.back().cause == next.cause && result.back().detail == next.detail;
    if (same) {
      result.back().range.end = next.range.end;
    } else {
      result.push_back(std::move(next));
    }
  }
  return result;
}

/// Calls f(part, failure) for what of `lacking` lies in pages that failed, and with null for the rest.
template <class F>
void for_each_failure(const Ledger& ledger, RangeSet lacking, F f) {
  std::vector<TimeRange> failed;
  Timestamp told = kBeginOfTime;  // of two that overlap, the earlier one explains
  for (const auto& [begin, failure] : ledger.rest_failures) {
    const TimeRange rest{std::max(begin, told), failure.range.end};
    if (rest.empty()) continue;
    for (const TimeRange& part : lacking.intersect(rest)) f(part, &failure);
    failed.push_back(rest);
    told = rest.end;
  }
  lacking.subtract(RangeSet::of(std::move(failed)));
  for (const TimeRange& part : lacking) f(part, static_cast<const MissingRange*>(nullptr));
}

}  // namespace

std::vector<MissingRange> missing(const Wanted& wanted, const Policy& policy, const Ledger& ledger, Timestamp now) {
  const Interval interval = wanted.series.interval;
  const ArchiveFiles files{wanted, policy, ledger, now};
  RangeSet lacking = unanswered(wanted, policy, ledger, now);
  std::vector<MissingRange> list;
  const auto add = [&](const TimeRange& range, Why why) { list.push_back({range, why.cause, std::move(why.detail)}); };
  const bool may_refuse = policy.source == DataSource::AUTO || policy.source == DataSource::VISION;
  const RangeSet refused = may_refuse ? lacking.intersect(ledger.refused) : RangeSet{};
  lacking.subtract(refused);
  for (const TimeRange& range : refused) add(range, refusal(files, range.begin));
  switch (policy.source) {
    case DataSource::CACHE:
      for (const TimeRange& range : lacking) {
        add(range, {Cause::offline, "the cache does not have it, and nothing else may be asked", 0});
      }
      break;
    case DataSource::VISION:
      for_each_part(lacking, interval, [&](const TimeRange& part) {
        add(part, ledger.listing_contradicts ? contradiction() : why_not_archived(files, part.begin));
      });
      break;
    case DataSource::REST:
      for_each_failure(ledger, lacking, [&](const TimeRange& part, const MissingRange* failure) {
        add(part, failure != nullptr ? Why{failure->cause, failure->detail, 0} : unsettled());
      });
      break;
    case DataSource::AUTO: {
      const RangeSet told = told_by_rest(wanted, policy, ledger);
      for_each_failure(ledger, lacking, [&](const TimeRange& range, const MissingRange* failure) {
        for_each_part({range}, interval,
                      [&](const TimeRange& part) { add(part, why_not_had(ledger, files, part.begin, failure, told)); });
      });
      break;
    }
  }
  return joined(std::move(list));
}

bool is_unknown(const Wanted& wanted, const Policy& policy, const Ledger& ledger) {
  const Interval interval = wanted.series.interval;
  if (policy.source == DataSource::REST) return ledger.unknown_to_rest;
  if (policy.source == DataSource::CACHE || !ledger.archive.empty()) return false;
  if (policy.source == DataSource::VISION) {
    return is_fully_listed(ledger, interval) && !first_listed(ledger, interval) && !ledger.archive_was_there;
  }
  const bool may_be = ledger.unknown_to_rest && ledger.present.empty() && !ledger.archive_was_there;
  if (!may_be) return false;
  return std::ranges::all_of(kGranularities, [&](Granularity g) {
    const FileLedger& known = ledger.of(g);
    const auto is_absent_file = [](const auto& entry) { return entry.second.kind == FileState::Kind::absent; };
    return !has_files(g, interval) || (known.exists.empty() && (known.first_known || known.listing_failed) &&
                                       std::ranges::all_of(known.asked, is_absent_file));
  });
}

}  // namespace klinekeep::planner
