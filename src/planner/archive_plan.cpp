// The archive alone: for each month that lacks something the cheaper of its monthly file and its daily ones; the
// listing first where it spares requests.
#include <algorithm>

#include "planner/costs.hpp"
#include "planner/listing_plan.hpp"
#include "planner/open_slots.hpp"
#include "planner/questions.hpp"
#include "planner/source_plan.hpp"

namespace klinekeep::planner {
namespace {

Plan listing_then(Step step) { return {.steps = {std::move(step)}, .at_once = 1}; }

std::vector<Step> cheapest_files(const Wanted& wanted, const Policy& policy, const Ledger& ledger,
                                 const ArchiveFiles& files, const RangeSet& slots) {
  std::vector<Step> steps;
  const auto parts = stretches(wanted, ledger, files, slots, {}, true);
  for (const Choice& choice : cheapest_cover(wanted.series, policy, parts)) {
    const auto& file = std::get<ArchiveFile>(choice.what);
    std::string reason = "the daily file serves it with least";
    if (file.granularity == Granularity::monthly) {
      reason = choice.first->daily ? "one monthly file costs less than its days" : "only the monthly file may have it";
    }
    steps.push_back(file_step(wanted, policy, ledger, file, std::move(reason)));
  }
  return steps;
}

/// Whether what lacks first lies in absent files, with no file known before them.
bool may_precede_listing(const Ledger& ledger, Interval interval, Timestamp first) {
  bool absent = false;
  for (const Granularity g : kGranularities) {
    if (!has_files(g, interval)) continue;
    const FileLedger& known = ledger.of(g);
    const Timestamp period = period_of(g, first);
    absent = absent || is_absent(known, period);
    if (!known.exists.empty() && known.exists.begin()->first <= period) return false;
    const auto usable = [&](const auto& entry) {
      return entry.first <= period && entry.second.kind != FileState::Kind::absent;
    };
    if (std::ranges::any_of(known.asked, usable)) return false;
  }
  return absent;
}

/// No file is left to ask. Was it too early for the series, or is it unknown? And may unproven bytes serve?
Plan last_resorts(const Wanted& wanted, const Policy& policy, const Ledger& ledger, const TimeRange& closed,
                  const RangeSet& lacking) {
  if (lacking.empty()) return {};
  const Interval interval = wanted.series.interval;
  if (may_precede_listing(ledger, interval, lacking.begin()->begin)) {
    for (const Granularity g : {Granularity::monthly, Granularity::daily}) {
      if (!is_listing_worth_asking(ledger, interval, g)) continue;
      return listing_then(list_from_first(policy, g, closed, "nothing was there: where does the series begin?"));
    }
  }
  Plan plan;
  if (policy.accept_unverified) plan.steps = unverified_files(wanted, policy, ledger, lacking);
  plan.at_once = plan.steps.size();
  return plan;
}

}  // namespace

Step file_step(const Wanted& wanted, const Policy& policy, const Ledger& ledger, const ArchiveFile& file,
               std::string reason) {
  const auto& exists = ledger.of(file.granularity).exists;
  const auto listed = exists.find(file.period);
  return {.action = file,
          .range = period_range(file.granularity, file.period),
          .requests = kRequestsPerFile,
          .bytes = file_bytes(policy, wanted.series.interval, file.granularity, file.period),
          .reason = std::move(reason),
          .listed_as_of = listed == exists.end() ? std::nullopt : listed->second.last_modified};
}

std::vector<Step> unverified_files(const Wanted& wanted, const Policy& policy, const Ledger& ledger,
                                   const RangeSet& missing) {
  std::vector<Step> steps;
  for_each_part(missing, wanted.series.interval, [&](const TimeRange& part) {
    for (const Granularity g : kGranularities) {
      const Timestamp period = period_of(g, part.begin);
      const auto found = ledger.of(g).asked.find(period);
      if (found == ledger.of(g).asked.end() || found->second.kind != FileState::Kind::unverified) continue;
      const ArchiveFile file{g, period, true};
      if (std::ranges::count(steps, Action{file}, &Step::action) == 0) {
        steps.push_back(
            file_step(wanted, policy, ledger, file, "no checksum proves it, and unverified bytes are accepted"));
      }
      return;
    }
  });
  return steps;
}

Plan archive_plan(const Wanted& wanted, const Policy& policy, const Ledger& ledger, Timestamp now) {
  const Interval interval = wanted.series.interval;
  const TimeRange closed = closed_part(wanted.slots, interval, now);
  const RangeSet lacking = find_open_slots(wanted, policy, ledger, closed).open;
  if (is_listing_worth_asking(ledger, interval, Granularity::monthly) &&
      ledger.of(Granularity::monthly).asked_directly_absent) {
    return listing_then(list_from_first(policy, Granularity::monthly, closed, "a month's file was not there"));
  }
  const ArchiveFiles files{wanted, policy, ledger, now};
  std::vector<Step> chosen = cheapest_files(wanted, policy, ledger, files, lacking);
  if (chosen.empty()) {
    std::vector<Step> doubts = doubts_of_archive(wanted, policy, ledger);
    const std::size_t count = doubts.size();
    if (count > 0) return {.steps = std::move(doubts), .at_once = count};
    return last_resorts(wanted, policy, ledger, closed, lacking);
  }

  Plan plan{.steps = listings_for(policy, ledger, chosen, static_cast<std::size_t>(policy.max_unlisted_files))};
  plan.at_once = chosen.size();
  if (!plan.steps.empty()) {
    plan.at_once = plan.steps.size() + put_first_beside_listing(ledger, chosen);
  }
  std::ranges::move(chosen, std::back_inserter(plan.steps));
  return plan;
}

}  // namespace klinekeep::planner
