#include <algorithm>

#include "planner/open_slots.hpp"
#include "planner/plan.hpp"

namespace klinekeep::planner {
namespace {

/// Tells the holes of a request apart, by who has seen them.
class Classifier {
 public:
  explicit Classifier(const Ledger& ledger) : ledger_(ledger) {}

  std::vector<Gap> classify(const RangeSet& holes, DataSource source) {
    switch (source) {
      case DataSource::REST:
        take(holes, kAbsentInRest);
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
  void of_cache(const RangeSet& holes) {
    RangeSet rest = ledger_.rest;
    rest.add(ledger_.rest_doubts);
    if (ledger_.first) rest.add(ledger_.first->range);
    if (ledger_.last) rest.add(ledger_.last->range);
    const RangeSet in_rest = holes.intersect(rest);
    const RangeSet in_archive = of_archive();
    take(in_rest.intersect(in_archive), kAbsent);
    take(in_rest.minus(in_archive), kAbsentInRest);
    take(holes.minus(rest), kAbsentInArchive);
  }

  void of_auto(const RangeSet& holes) {
    const RangeSet in_archive = of_archive();
    take(holes.intersect(in_archive), kAbsent);
    take(holes.minus(in_archive), kAbsentInRest);
  }

  /// With what a monthly file lacks, and REST has confirmed in the place of the daily file.
  [[nodiscard]] RangeSet of_archive() const {
    RangeSet in_archive = ledger_.archive;
    in_archive.add(ledger_.archive_day_holes);
    return in_archive;
  }

  const Ledger& ledger_;
  std::vector<Gap> list_;
};

}  // namespace

std::vector<Gap> gaps(const Wanted& wanted, const Policy& policy, const Ledger& ledger, Timestamp now) {
  RangeSet holes{closed_part(wanted.slots, wanted.series.interval, now)};
  holes.subtract(ledger.present);
  holes.subtract(ledger.refused);
  const RangeSet early = holes.intersect(before_first(wanted, policy, ledger));
  holes.subtract(early);
  holes.subtract(unanswered(wanted, policy, ledger, now));
  const bool asks_rest = policy.source == DataSource::REST || policy.source == DataSource::AUTO;
  const RangeSet young = asks_rest ? holes.intersect(ledger.not_yet) : RangeSet{};
  Classifier classifier{ledger};
  classifier.take(early, kBeforeListing);
  classifier.take(young, kNotYet);
  std::vector<Gap> list = classifier.classify(holes.minus(young), policy.counted());
  std::ranges::sort(list, {}, [](const Gap& gap) { return gap.range; });
  return list;
}

}  // namespace klinekeep::planner
