#include "manager/refresh.hpp"

#include <algorithm>
#include <bit>
#include <initializer_list>
#include <tuple>

#include "klinekeep/schema.hpp"
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

struct Change {
  std::int64_t open;
  std::size_t column;
  std::optional<double> before;
  std::optional<double> after;
};

/// The value of a column of a row, as a number. close_time and trades are far below 2^53.
double value_of(const Candles& rows, std::size_t row, std::size_t column) {
  double found = 0;
  std::size_t current = 0;
  const auto look = [&](const auto& values) {
    if (current++ == column) found = static_cast<double>(values[row]);
  };
  std::apply([&](const auto&... columns) { (look(columns), ...); }, rows.columns());
  return found;
}

bool same(const std::optional<double>& a, const std::optional<double>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return std::bit_cast<std::uint64_t>(*a) == std::bit_cast<std::uint64_t>(*b);
}

void add_rows(std::vector<Change>& all, const Candles& rows, std::optional<double> Change::* side) {
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (std::size_t column = 1; column < kSchema.size(); ++column) {
      all.push_back({rows.open_time[row], column, std::nullopt, std::nullopt});
      all.back().*side = value_of(rows, row, column);
    }
  }
}

void sort_stably(std::vector<Change>& all) {
  std::ranges::stable_sort(all, {}, [](const Change& each) { return std::tuple{each.open, each.column}; });
}

bool same_place(const Change& a, const Change& b) { return a.open == b.open && a.column == b.column; }

/// Both sides of one step as one entry for each value.
std::vector<Change> of_step(const store::RowChanges& step) {
  std::vector<Change> all;
  add_rows(all, step.before, &Change::before);
  add_rows(all, step.after, &Change::after);
  sort_stably(all);
  std::vector<Change> paired;
  for (const Change& each : all) {
    if (!paired.empty() && same_place(paired.back(), each)) {
      paired.back().after = each.after;
    } else {
      paired.push_back(each);
    }
  }
  return paired;
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

std::vector<ChangedValue> changed_values(const std::vector<store::RowChanges>& changes) {
  std::vector<Change> all;
  for (const store::RowChanges& step : changes) {
    const std::vector<Change> of_this = of_step(step);
    all.insert(all.end(), of_this.begin(), of_this.end());
  }
  sort_stably(all);
  std::vector<ChangedValue> values;
  for (std::size_t first = 0; first < all.size();) {
    std::size_t last = first;
    while (last + 1 < all.size() && same_place(all[first], all[last + 1])) ++last;
    const auto& before = all[first].before;
    const auto& after = all[last].after;
    if (!same(before, after)) {
      values.push_back({from_ms(all[first].open), kSchema.at(all[first].column).name, before, after});
    }
    first = last + 1;
  }
  return values;
}

std::vector<Timestamp> opens_of(const std::vector<ChangedValue>& values) {
  std::vector<Timestamp> opens;
  for (const ChangedValue& value : values) {
    if (opens.empty() || opens.back() != value.open_time) opens.push_back(value.open_time);
  }
  return opens;
}

}  // namespace klinekeep::manager
