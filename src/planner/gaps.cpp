#include <algorithm>

#include "planner/plan.hpp"
#include "planner/standing.hpp"

namespace klinekeep::planner {
namespace {

/// Tells the holes of a request apart, by who has seen them.
class Classifier {
 public:
  Classifier(const Request& request, const Policy& policy, const Ledger& ledger, Timestamp now)
      : ledger_(ledger),
        settled_(closed_part(request.slots, request.series.interval, now - policy.rest_settles_after)) {}

  std::vector<Gap> classify(const RangeSet& holes, DataSource source) {
    switch (source) {
      case DataSource::REST:
        of_rest(holes, kAbsentInRest);
        break;
      case DataSource::VISION:
        take(holes, kAbsentInArchive);
        break;
      case DataSource::CACHE:
        of_cache(holes);
        break;
      case DataSource::AUTO:
        of_auto(holes);
        break;
    }
    return std::move(list_);
  }

  void take(const RangeSet& holes, std::string_view reason) {
    for (const TimeRange& range : holes) list_.push_back({range, reason});
  }

 private:
  void of_rest(const RangeSet& holes, std::string_view reason) {
    take(holes.intersect(settled_), reason);
    take(holes.minus({settled_}), kNotYet);
  }

  void of_cache(const RangeSet& holes) {
    RangeSet rest = ledger_.rest;
    rest.add(ledger_.rest_gaps_due);
    const RangeSet in_rest = holes.intersect(rest);
    take(in_rest.intersect(ledger_.archive), kAbsent);
    take(in_rest.minus(ledger_.archive), kAbsentInRest);
    take(holes.minus(rest), kAbsentInArchive);
  }

  void of_auto(const RangeSet& holes) {
    of_rest(holes.intersect(ledger_.archive), kAbsent);
    of_rest(holes.minus(ledger_.archive), kAbsentInRest);
  }

  const Ledger& ledger_;
  TimeRange settled_;
  std::vector<Gap> list_;
};

/// Before the stated first candle, which no candle that is known disproves: where it was asked all the same.
TimeRange before_stated(const Request& request, const Ledger& ledger) {
  const TimeRange& slots = request.slots;
  if (!ledger.first_candle || !ledger.first_candle_stated) return {slots.begin, slots.begin};
  Timestamp first = request.series.interval.ceil(*ledger.first_candle);
  if (!ledger.present.empty()) first = std::min(first, ledger.present.begin()->begin);
  return {slots.begin, std::clamp(first, slots.begin, slots.end)};
}

}  // namespace

std::vector<Gap> gaps(const Request& request, const Policy& policy, const Ledger& ledger, Timestamp now) {
  const TimeRange before = before_first(request, policy, ledger);
  RangeSet holes{closed_part(request.slots, request.series.interval, now)};
  holes.subtract(ledger.present);
  Classifier classifier{request, policy, ledger, now};
  RangeSet early = holes.intersect(before);
  holes.subtract(before);
  holes.subtract(unanswered(request, policy, ledger, now));
  early.add(holes.intersect(before_stated(request, ledger)));
  holes.subtract(early);
  classifier.take(early, kBeforeListing);
  std::vector<Gap> list = classifier.classify(holes, policy.source);
  std::ranges::sort(list, {}, [](const Gap& gap) { return gap.range; });
  return list;
}

}  // namespace klinekeep::planner
