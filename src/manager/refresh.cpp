#include "manager/refresh.hpp"

#include <algorithm>
#include <initializer_list>

#include "planner/period.hpp"
#include "sources/archive_names.hpp"

namespace klinekeep::manager {
namespace {

using planner::Granularity;
using store::Origin;

bool is_due(Granularity granularity, Timestamp slot, Interval interval, const planner::Policy& policy, Timestamp now) {
  if (!planner::has_files(granularity, interval)) return false;
  const Timestamp period = planner::period_of(granularity, slot);
  return planner::period_over(granularity, period, interval) + policy.archive_delay <= now;
}

/// The part of `slots` for which a file of one of these granularities is due.
RangeSet with_due_file(const RangeSet& slots, Interval interval, const planner::Policy& policy, Timestamp now,
                       std::initializer_list<Granularity> granularities) {
  RangeSet due;
  for (const TimeRange& range : slots) {
    for (Timestamp at = range.begin; at < range.end;) {
      const Timestamp day_end = planner::next_period(Granularity::daily, planner::period_of(Granularity::daily, at));
      const Timestamp end = std::max(day_end, interval.next(at));
      if (std::ranges::any_of(granularities, [&](Granularity g) { return is_due(g, at, interval, policy, now); })) {
        due.add({at, std::min(range.end, end)});
      }
      at = end;
    }
  }
  return due;
}

/// Slots that an answer which `counts` likes has been given for.
template <class Counts>
RangeSet answered_slots(const store::Coverage& coverage, Interval interval, Counts counts) {
  RangeSet slots;
  for (const store::Answered& answered : coverage.answered) {
    if (counts(answered)) slots.add({interval.ceil(answered.range.begin), interval.ceil(answered.range.end)});
  }
  return slots;
}

/// Whether the listing shows another file than the one that was used.
bool is_another(const KeptFile& kept, const planner::ListedFile& listed) {
  if (!kept.etag.empty() && !listed.etag.empty()) return kept.etag != listed.etag;
  return listed.last_modified && *listed.last_modified > kept.at;
}

void compare(const KeptFile& kept, const std::vector<planner::ListedFile>& files, ChangedFiles& changed) {
  const auto found = std::ranges::lower_bound(files, kept.period, {}, &planner::ListedFile::period);
  if (found == files.end() || found->period != kept.period) {
    changed.gone.push_back(kept.name);
  } else if (is_another(kept, *found)) {
    changed.names.push_back(kept.name);
    changed.slots.add(kept.slots);
  }
}

void add_unknown(const KeptFile& kept, const sources::StepResult& why, ChangedFiles& changed) {
  const auto* const failed = std::get_if<planner::Failed>(&why.answer);
  const Cause cause = failed == nullptr ? Cause::unavailable : failed->cause;
  const std::string detail =
      "whether it has changed since could not be asked: " + (failed == nullptr ? "" : failed->detail);
  for (const TimeRange& range : kept.slots) {
    auto& unknown = changed.unknown;
    const bool joins = !unknown.empty() && unknown.back().range.end == range.begin && unknown.back().detail == detail;
    if (joins) {
      unknown.back().range.end = range.end;
    } else {
      unknown.push_back({range, cause, detail});
    }
  }
}

}  // namespace

WorthAsking worth_asking_again(const store::Coverage& coverage, Interval interval, const planner::Policy& policy,
                               Timestamp now) {
  using store::Answered;
  const auto slots = [&](auto counts) { return answered_slots(coverage, interval, counts); };
  const RangeSet proven_daily =
      slots([](const Answered& a) { return a.origin == Origin::daily && a.trust == Trust::verified; });
  const RangeSet monthly = slots([](const Answered& a) { return a.origin == Origin::monthly; });
  const RangeSet lesser = slots([](const Answered& a) { return a.trust != Trust::verified; });
  RangeSet from_rest = slots([](const Answered& a) { return a.origin == Origin::rest; });
  from_rest.subtract(slots([](const Answered& a) { return a.origin != Origin::rest; }));

  WorthAsking worth;
  worth.rows = with_due_file(monthly, interval, policy, now, {Granularity::daily});
  worth.rows.add(with_due_file(from_rest, interval, policy, now, {Granularity::daily, Granularity::monthly}));
  worth.rows.add(lesser);
  worth.rows.subtract(proven_daily);
  for (const store::Hole& hole : coverage.holes) {
    if (hole.origin == Origin::rest) {
      worth.gaps.add({interval.ceil(hole.range.begin), interval.ceil(hole.range.end)});
    }
  }
  return worth;
}

std::vector<KeptFile> kept_files(const store::Coverage& coverage, const Series& series) {
  using store::Answered;
  const Interval interval = series.interval;
  const auto slots = [&](auto counts) { return answered_slots(coverage, interval, counts); };
  const RangeSet proven_daily =
      slots([](const Answered& a) { return a.origin == Origin::daily && a.trust == Trust::verified; });
  const RangeSet daily = slots([](const Answered& a) { return a.origin == Origin::daily; });
  const RangeSet monthly = slots([](const Answered& a) { return a.origin == Origin::monthly; }).minus(proven_daily);

  std::vector<KeptFile> kept;
  for (const UsedFile& file : coverage.files) {
    for (const Granularity granularity : {Granularity::daily, Granularity::monthly}) {
      const auto period = sources::period_of_key(series, granularity, sources::folder(series, granularity) + file.name);
      if (!period) continue;
      const TimeRange range = planner::period_range(granularity, *period);
      const RangeSet& answered = granularity == Granularity::daily ? daily : monthly;
      RangeSet best = answered.intersect(TimeRange{interval.ceil(range.begin), interval.ceil(range.end)});
      if (!best.empty())
        kept.push_back({file.name, granularity, *period, file.etag, file.at, file.trust, std::move(best)});
    }
  }
  return kept;
}

ChangedFiles changed_since(const std::vector<KeptFile>& kept, const ListZips& list) {
  ChangedFiles changed;
  for (const Granularity granularity : {Granularity::daily, Granularity::monthly}) {
    std::vector<const KeptFile*> files;
    for (const KeptFile& file : kept) {
      if (file.granularity == granularity) files.push_back(&file);
    }
    if (files.empty()) continue;
    std::ranges::sort(files, {}, &KeptFile::period);
    const Timestamp before = planner::period_of(granularity, files.front()->period - Duration{1});
    const auto listed = list(granularity, before, files.back()->period);
    for (const KeptFile* const file : files) {
      if (listed) {
        compare(*file, listed->files, changed);
      } else {
        add_unknown(*file, listed.error(), changed);
      }
    }
  }
  for (auto* const names : {&changed.names, &changed.gone}) {
    std::ranges::sort(*names);
    names->erase(std::unique(names->begin(), names->end()), names->end());
  }
  return changed;
}

}  // namespace klinekeep::manager
