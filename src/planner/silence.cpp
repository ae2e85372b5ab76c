#include "planner/silence.hpp"

#include <algorithm>

#include "core/market_rules.hpp"
#include "planner/believed.hpp"

namespace klinekeep::planner {
namespace {

bool is_much(const TimeRange& range, Interval interval) {
  constexpr auto kDay = std::chrono::days{1};
  if (interval == Interval::DAY_3) return range.end - range.begin >= 3 * kDay;
  return Interval{Interval::DAY_1}.ceil(range.begin) + kDay <= range.end || interval.count(range) >= kManySlots;
}

struct Piece {
  TimeRange range;
  bool whole;
};

std::vector<Piece> stretches_of(const Ledger& ledger) {
  std::vector<Piece> pieces;
  for (const Silence& each : ledger.silences) {
    const bool whole = each.kind == Silence::Kind::whole;
    if (whole || each.kind == Silence::Kind::edge) pieces.push_back({each.range, whole});
  }
  std::ranges::sort(pieces, {}, [](const Piece& piece) { return piece.range; });
  std::vector<Piece> joined;
  for (const Piece& piece : pieces) {
    if (joined.empty() || joined.back().range.end < piece.range.begin) {
      joined.push_back(piece);
    } else {
      joined.back().range.end = std::max(joined.back().range.end, piece.range.end);
      joined.back().whole = joined.back().whole || piece.whole;
    }
  }
  return joined;
}

}  // namespace

Judged judge(const Ledger& ledger, Interval interval) {
  Judged judged;
  std::vector<TimeRange> asked;
  for (const Silence& each : ledger.silences) {
    if (each.kind == Silence::Kind::question) asked.push_back(each.range);
  }
  judged.asked = RangeSet::of(std::move(asked));
  for (const Piece& piece : stretches_of(ledger)) {  // in order: each is added at the end
    const bool is_weak = piece.whole || is_much(piece.range, interval);
    (is_weak ? judged.weak : judged.absent).add(piece.range);
  }
  judged.absent.add(judged.weak.intersect(ledger.rest_doubts));
  judged.weak.subtract(judged.absent);
  judged.weak.subtract(judged.asked);
  return judged;
}

void unsay(Ledger& ledger, const TimeRange& range) {
  std::vector<Silence> left;
  for (const Silence& each : ledger.silences) {
    const RangeSet parts = RangeSet{each.range}.minus(RangeSet{range});
    for (const TimeRange& part : parts) {
      left.push_back(each);
      left.back().range = part;
    }
  }
  ledger.silences = std::move(left);
}

RangeSet before_first_in_rest(const Wanted& wanted, const Ledger& ledger) {
  const Interval interval = wanted.series.interval;
  RangeSet before;
  if (ledger.first) before.add({ledger.first->range.begin, interval.ceil(ledger.first->range.end)});
  const auto began = rules_of(wanted.series.market).began;
  if (!began) return before;
  before.add({kBeginOfTime, interval.ceil(*began)});
  const TimeRange lead = asked_from_the_begin(wanted, ledger);
  const bool is_whole = lead.begin == kBeginOfTime;  // back to the market's own begin
  if (is_whole && !ledger.present.empty() && ledger.present.begin()->begin == lead.end) before.add(lead);
  return before;
}

RangeSet before_market(const Wanted& wanted) {
  const auto began = rules_of(wanted.series.market).began;
  return began ? RangeSet{{kBeginOfTime, wanted.series.interval.ceil(*began)}} : RangeSet{};
}

TimeRange asked_from_the_begin(const Wanted& wanted, const Ledger& ledger) {
  RangeSet silent = before_market(wanted);
  if (ledger.first) silent.add(ledger.first->range);
  silent.add(judge(ledger, wanted.series.interval).asked);
  for (const TimeRange& range : silent) {
    if (range.contains(wanted.slots.begin)) return range;
  }
  return {wanted.slots.begin, wanted.slots.begin};
}

}  // namespace klinekeep::planner
