#include "manager/knowledge.hpp"

#include "planner/gap_age.hpp"
#include "planner/period.hpp"

namespace klinekeep::manager {
namespace {

using planner::Granularity;

RangeSet gaps_due(const store::Known& known, const planner::Request& request, Timestamp now) {
  std::vector<planner::RememberedGap> gaps;
  gaps.reserve(known.rest_holes.size());
  for (const store::RestHole& hole : known.rest_holes) gaps.push_back({hole.range, hole.at});
  return planner::due_again(gaps, request.series.interval, now);
}

void add_first_file(planner::FileLedger& files, Granularity granularity, const std::optional<Timestamp>& first) {
  if (!first) return;
  files.first_known = true;
  files.exists.insert(*first);
  files.listed.add({kBeginOfTime, planner::next_period(granularity, *first)});
}

std::optional<Timestamp> first_of(const planner::FileLedger& files) {
  if (!files.first_known || files.exists.empty()) return std::nullopt;
  return *files.exists.begin();
}

std::optional<Timestamp> last_of(const planner::FileLedger& files) {
  const bool to_the_end = !files.listed.empty() && files.listed.ranges().back().end == kEndOfTime;
  if (!to_the_end || files.exists.empty()) return std::nullopt;
  return *files.exists.rbegin();
}

}  // namespace

void add_known(planner::Ledger& ledger, const store::Known& known, const planner::Request& request,
               const planner::Policy& policy, Timestamp now) {
  const RangeSet due = policy.source == DataSource::CACHE ? RangeSet{} : gaps_due(known, request, now);
  ledger.present.add(known.present);
  ledger.archive.add(known.archive);
  if (policy.source == DataSource::VISION) ledger.archive_monthly.add(known.monthly);
  ledger.rest.add(known.rest.minus(due));
  ledger.rest_gaps_due.add(due);
  ledger.rest_has_rows = ledger.rest_has_rows || known.rest_rows.touches(request.slots);
}

void add_facts(planner::Ledger& ledger, const store::SeriesFacts& facts) {
  if (facts.first_candle) {
    ledger.first_candle = facts.first_candle;
    ledger.first_candle_stated = facts.first_candle_stated;
    ledger.first_candle_asked = true;
  }
  add_first_file(ledger.of(Granularity::daily), Granularity::daily, facts.first_daily_file);
  add_first_file(ledger.of(Granularity::monthly), Granularity::monthly, facts.first_monthly_file);
}

store::SeriesFacts facts_of(const planner::Ledger& ledger) {
  store::SeriesFacts facts;
  if (ledger.first_candle && *ledger.first_candle != kEndOfTime) {
    facts.first_candle = ledger.first_candle;
    facts.first_candle_stated = ledger.first_candle_stated;
  }
  facts.first_daily_file = first_of(ledger.of(Granularity::daily));
  facts.first_monthly_file = first_of(ledger.of(Granularity::monthly));
  facts.last_daily_file = last_of(ledger.of(Granularity::daily));
  facts.last_monthly_file = last_of(ledger.of(Granularity::monthly));
  return facts;
}

}  // namespace klinekeep::manager
