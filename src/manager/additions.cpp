#include "manager/additions.hpp"

#include <utility>

#include "frame/slice.hpp"
#include "planner/believed.hpp"
#include "planner/learn.hpp"
#include "planner/period.hpp"
#include "planner/plan.hpp"

namespace klinekeep::manager {
namespace {

using planner::Granularity;
using store::Addition;
using store::Origin;

Timestamp whole_second(Timestamp t) { return std::chrono::floor<std::chrono::seconds>(t); }

Origin origin_of(Granularity granularity) {
  return granularity == Granularity::daily ? Origin::daily : Origin::monthly;
}

Addition of_archive(const planner::Wanted& wanted, const planner::ArchiveFile& file, const TimeRange& answered,
                    sources::StepResult& result) {
  const auto& rows = std::get<planner::Rows>(result.answer);
  Addition addition{.origin = origin_of(file.granularity),
                    .trust = rows.trust,
                    .range = answered,
                    .rows = std::move(result.rows->candles),
                    .at = whole_second(rows.times.asked_at),
                    .file = std::move(result.file),
                    .weak = rows.count == 0};
  const bool has_days = planner::has_files(Granularity::daily, wanted.series.interval);
  if (file.granularity == Granularity::monthly && has_days) addition.except = RangeSet{answered}.minus(rows.have);
  return addition;
}

Addition of_rest(const TimeRange& range, const Candles& rows, Timestamp asked_at) {
  return {.origin = Origin::rest,
          .trust = Trust::verified,
          .range = range,
          .rows = frame::slice(rows, range),
          .at = whole_second(asked_at),
          .file = {}};
}

}  // namespace

Additions additions_of(const planner::Wanted& wanted, const planner::Step& step, sources::StepResult& result) {
  const auto& rows = std::get<planner::Rows>(result.answer);
  const TimeRange answered = planner::range_answered(wanted, step, rows);
  Additions additions;
  if (const auto* file = std::get_if<planner::ArchiveFile>(&step.action)) {
    additions.settled.push_back(of_archive(wanted, *file, answered, result));
    return additions;
  }
  const Interval interval = wanted.series.interval;
  const TimeRange final = planner::closed_part(answered, interval, rows.times.as_of - planner::kRowSettlesAfter);
  RangeSet with_rows = rows.have;
  for (const Timestamp open : result.rows->off_grid) {
    with_rows.add({interval.floor(open), interval.close_of(interval.floor(open))});
  }
  const Candles& candles = result.rows->candles;
  const RangeSet settled = with_rows.intersect(final);
  for (const TimeRange& range : settled) additions.settled.push_back(of_rest(range, candles, rows.times.asked_at));
  for (const TimeRange& range : with_rows.minus(settled)) {
    Addition young = of_rest(range, candles, rows.times.asked_at);
    if (!young.rows.empty()) additions.young.push_back(std::move(young));
  }
  return additions;
}

Addition addition_of(const planner::Absence& absence) {
  return {.origin = absence.granularity ? origin_of(*absence.granularity) : Origin::rest,
          .trust = absence.granularity ? absence.trust : Trust::verified,
          .range = absence.range,
          .rows = {},
          .at = whole_second(absence.asked_at),
          .file = {},
          .weak = absence.weak,
          .confirms = absence.confirms};
}

}  // namespace klinekeep::manager
