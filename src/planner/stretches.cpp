#include <algorithm>

#include "planner/cover.hpp"

namespace klinekeep::planner {
namespace {

void append(std::vector<Stretch>& list, const Stretch& next) {
  if (!list.empty()) {
    Stretch& last = list.back();
    const auto same_file = [&](Granularity g) {
      return period_of(g, last.range.begin) == period_of(g, next.range.begin);
    };
    const bool same = last.daily == next.daily && last.monthly == next.monthly && last.page == next.page &&
                      (!next.daily || same_file(Granularity::daily)) &&
                      (!next.monthly || same_file(Granularity::monthly));
    // What lies between two runs matters to pages only: they would pay for it.
    if (same && (!next.page || last.range.end == next.range.begin)) {
      last.range.end = next.range.end;
      return;
    }
  }
  list.push_back(next);
}

}  // namespace

std::vector<Stretch> stretches(const Wanted& wanted, const Ledger& ledger, const ArchiveFiles& files,
                               const RangeSet& missing, const RangeSet& askable_of_rest, bool files_first) {
  const Interval interval = wanted.series.interval;
  std::vector<Stretch> parts;
  const RangeSet day_holes = missing.intersect(ledger.archive_day_holes);
  const auto take = [&](const RangeSet& set, bool of_daily, bool of_monthly) {
    for_each_part(set, interval, [&](const TimeRange& part) {
      Stretch stretch{.range = part};
      stretch.daily = of_daily && files.can_ask(Granularity::daily, period_of(Granularity::daily, part.begin));
      stretch.monthly = of_monthly && files.can_ask(Granularity::monthly, period_of(Granularity::monthly, part.begin));
      const TimeRange month = period_range(Granularity::monthly, period_of(Granularity::monthly, part.begin));
      if (stretch.monthly && ledger.archive_monthly.touches(month)) stretch.daily = false;
      // Of a day that the monthly file does not hold whole the daily file is asked anyway, and has all of it.
      const TimeRange day = period_range(Granularity::daily, period_of(Granularity::daily, part.begin));
      if (stretch.daily && (files.daily_first() || day_holes.touches(day))) stretch.monthly = false;
      parts.push_back(stretch);
    });
  };
  const RangeSet answered = missing.intersect(ledger.archive);
  take(missing.minus(answered).minus(day_holes), true, true);
  take(day_holes, true, false);
  take(answered, false, false);
  std::ranges::sort(parts, {}, [](const Stretch& s) { return s.range.begin; });

  std::vector<Stretch> list;
  for (const Stretch& part : parts) {
    const bool for_files = (part.daily || part.monthly) && (files_first || files.is_distrusted(part.range.begin));
    const RangeSet of_rest = for_files ? RangeSet{} : askable_of_rest.intersect(part.range);
    Timestamp at = part.range.begin;
    const auto add = [&](Timestamp end, bool page) {
      Stretch stretch = part;
      stretch.range = {at, end};
      stretch.page = page;
      at = end;
      if (stretch.range.empty() || !(stretch.daily || stretch.monthly || stretch.page)) return;
      append(list, stretch);
    };
    for (const TimeRange& range : of_rest) {
      add(range.begin, false);
      add(range.end, true);
    }
    add(part.range.end, false);
  }
  return list;
}

}  // namespace klinekeep::planner
