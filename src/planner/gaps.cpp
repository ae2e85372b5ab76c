#include <algorithm>

#include "planner/archive_files.hpp"
#include "planner/plan.hpp"
#include "planner/standing.hpp"

namespace klinekeep::planner {
namespace {

/// Tells the holes of a request apart, by who has seen them.
class Classifier {
 public:
  Classifier(const Request& request, const Policy& policy, const Ledger& ledger, Timestamp now)
      : ledger_(ledger),
        interval_(request.series.interval),
        files_(request, policy, ledger, now),
        settled_(closed_part(request.slots, interval_, now - policy.rest_settles_after)) {}

  std::vector<Gap> classify(RangeSet holes, DataSource source) {
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
        of_auto(std::move(holes));
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

  void of_auto(RangeSet holes) {
    if (ledger_.unknown_to_rest) {
      RangeSet seen = ledger_.rest;
      seen.add(ledger_.rest_gaps_due);
      take(holes.minus(seen), kUnknownToRest);
      holes = holes.intersect(seen);
    }
    RangeSet absent = holes.intersect(ledger_.archive);
    for_each_part(holes.minus(ledger_.archive), interval_, [&](const TimeRange& part) {
      if (files_.is_absent_at(part.begin)) absent.add(part);
    });
    of_rest(absent, kAbsent);
    of_rest(holes.minus(absent), kAbsentInRest);
  }

  const Ledger& ledger_;
  Interval interval_;
  ArchiveFiles files_;
  TimeRange settled_;
  std::vector<Gap> list_;
};

}  // namespace

std::vector<Gap> gaps(const Request& request, const Policy& policy, const Ledger& ledger, Timestamp now) {
  const TimeRange before = before_first(request, policy, ledger);
  RangeSet holes{closed_part(request.slots, request.series.interval, now)};
  holes.subtract(ledger.present);
  Classifier classifier{request, policy, ledger, now};
  classifier.take(holes.intersect(before), kBeforeListing);
  holes.subtract(before);
  holes.subtract(unanswered(request, policy, ledger, now));
  std::vector<Gap> list = classifier.classify(std::move(holes), policy.source);
  std::ranges::sort(list, {}, [](const Gap& gap) { return gap.range; });
  return list;
}

}  // namespace klinekeep::planner
