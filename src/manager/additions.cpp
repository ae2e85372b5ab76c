#include "manager/additions.hpp"

#include <utility>

#include "frame/slice.hpp"
#include "planner/learn.hpp"
#include "planner/plan.hpp"

namespace klinekeep::manager {
namespace {

using store::Addition;
using store::Origin;

constexpr auto kRowSettlesAfter = std::chrono::seconds{30};
constexpr auto kHoleSettlesAfter = std::chrono::minutes{15};

Timestamp whole_second(Timestamp t) { return std::chrono::floor<std::chrono::seconds>(t); }

Addition of_archive(const planner::ArchiveFile& file, const TimeRange& answered, sources::StepResult& result,
                    Timestamp now) {
  const bool daily = file.granularity == planner::Granularity::daily;
  const Trust trust = result.trust.value_or(Trust::unverified);
  Addition addition{.origin = daily ? Origin::daily : Origin::monthly,
                    .trust = trust,
                    .range = answered,
                    .rows = std::move(result.rows->candles),
                    .at = whole_second(now),
                    .file = {}};
  if (result.file) {
    addition.file = store::UsedFile{.name = std::move(result.file->name),
                                    .trust = trust,
                                    .sha256 = std::move(result.file->sha256),
                                    .etag = std::move(result.file->etag),
                                    .at = whole_second(now)};
  }
  return addition;
}

Addition of_rest(const TimeRange& range, const Candles& rows, Timestamp now) {
  return {.origin = Origin::rest,
          .trust = Trust::verified,
          .range = range,
          .rows = frame::slice(rows, range),
          .at = whole_second(now),
          .file = {}};
}

}  // namespace

Brought brought(const planner::Request& request, const planner::Step& step, sources::StepResult& result,
                Timestamp now) {
  const auto& rows = std::get<planner::Rows>(result.answer);
  const TimeRange answered = planner::answered_by(request, step, rows);
  Brought brought;
  if (const auto* file = std::get_if<planner::ArchiveFile>(&step.action)) {
    brought.settled.push_back(of_archive(*file, answered, result, now));
    return brought;
  }
  const Interval interval = request.series.interval;
  const auto closed_for = [&](Duration age) { return planner::closed_part(answered, interval, now - age); };
  RangeSet settled{closed_for(kHoleSettlesAfter)};
  settled.add(rows.have.intersect(closed_for(kRowSettlesAfter)));
  const TimeRange whole{step.range.begin, interval.ceil(step.range.end)};
  const Candles& candles = result.rows->candles;
  for (const TimeRange& range : settled) brought.settled.push_back(of_rest(range, candles, now));
  for (const TimeRange& range : RangeSet{whole}.minus(settled)) {
    Addition young = of_rest(range, candles, now);
    if (!young.rows.empty()) brought.young.push_back(std::move(young));
  }
  return brought;
}

std::vector<Addition> nothing_from_rest(const planner::Request& request, const TimeRange& range, Timestamp now) {
  const TimeRange settled = planner::closed_part(range, request.series.interval, now - kHoleSettlesAfter);
  if (settled.empty()) return {};
  return {of_rest(settled, {}, now)};
}

}  // namespace klinekeep::manager
