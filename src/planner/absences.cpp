// What is kept of what is not there, and what is said about it.
#include <fmt/format.h>

#include <algorithm>

#include "core/last_open.hpp"
#include "core/market_rules.hpp"
#include "planner/archive_files.hpp"
#include "planner/believed.hpp"
#include "planner/open_slots.hpp"
#include "planner/plan.hpp"
#include "planner/silence.hpp"

namespace klinekeep::planner {
namespace {

std::string seconds(Duration time) { return fmt::format("{:g} s", static_cast<double>(time.count()) / 1e6); }

}  // namespace

std::vector<Absence> absences(const Wanted& wanted, const Policy& policy, const Ledger& ledger, Timestamp now) {
  const Judged judged = judge(ledger, wanted.series.interval);
  const OpenSlots left = find_open_slots(wanted, policy, ledger, wanted.slots);
  RangeSet no_partition = before_first(wanted, policy, ledger);
  if (policy.source == DataSource::REST) no_partition.add(before_first_in_rest(wanted, ledger));
  if (ledger.last) no_partition.add(RangeSet{ledger.last->range});
  no_partition.add(ledger.refused);
  no_partition.add(ledger.present);
  no_partition.add(ledger.not_yet);
  no_partition.add(unanswered(wanted, policy, ledger, now));

  std::vector<Absence> list;
  const auto add = [&](const TimeRange& range, const Silence& silence, bool weak) {
    list.push_back({.granularity = std::nullopt, .range = range, .asked_at = silence.asked_at, .weak = weak});
  };
  const bool is_contradicted = ledger.listing_contradicts && ledger.unknown_to_rest;
  const RangeSet kept = RangeSet{wanted.slots}.minus(no_partition).minus(left.open).minus(left.unasked);
  const RangeSet by_pages = kept.minus(judged.asked);
  for (const Silence& silence : ledger.silences) {
    if (is_contradicted) break;
    const bool is_question = silence.kind == Silence::Kind::question;
    for (const TimeRange& part : (is_question ? kept : by_pages).intersect(silence.range)) {
      add(part, silence, silence.weak);
    }
  }
  if (policy.source == DataSource::AUTO && ledger.unknown_to_rest && !is_contradicted && !ledger.silences.empty()) {
    // That REST does not know the symbol, it says of every slot: also of those that no page was about.
    RangeSet holes = ledger.archive.intersect(wanted.slots).minus(ledger.rest).minus(no_partition).minus(left.open);
    for (const Silence& silence : ledger.silences) holes.subtract(silence.range);
    for (const TimeRange& range : holes) add(range, ledger.silences.front(), /*weak=*/false);
  }
  if (policy.source == DataSource::AUTO && ledger.first) {
    // Of slots that only the archive could have had.
    const TimeRange settled =
        closed_part(wanted.slots, wanted.series.interval, ledger.first->asked_at - kHoleSettlesAfter);
    const RangeSet early = RangeSet{ledger.first->range.intersect(settled)}.minus(no_partition).minus(left.open);
    for (const TimeRange& range : early.minus(ledger.rest_remembered)) {
      list.push_back({.granularity = std::nullopt, .range = range, .asked_at = ledger.first->asked_at});
    }
  }
  for (const Confirmed& each : ledger.confirmed) {
    for (const TimeRange& range : each.slots) {
      list.push_back({each.granularity, range, each.asked_at, /*weak=*/false, /*confirms=*/true, each.trust});
    }
  }
  for (const Confirmed& each : ledger.day_holes_stand) {
    for (const TimeRange& range : each.slots) {
      list.push_back({each.granularity, range, each.asked_at, /*weak=*/false, /*confirms=*/false, each.trust});
    }
  }
  return list;
}

std::optional<NoCandles> first_in_rest(const Wanted& wanted, const Policy& policy, const Ledger& ledger) {
  if (!rules_of(wanted.series.market).began) return ledger.first;
  // By windows: what was asked this time may have made it longer. With the archive's word, as far as that goes along.
  const TimeRange lead = asked_from_the_begin(wanted, ledger);
  const RangeSet before = before_first(wanted, policy, ledger);
  NoCandles none{lead, kEndOfTime, false, {}};
  if (lead.empty() || !before.contains(lead.intersect(wanted.slots))) return ledger.first;
  if (ledger.first) none = {lead, ledger.first->asked_at, ledger.first->weak, {}};
  for (const Silence& silence : ledger.silences) {
    if (silence.kind != Silence::Kind::question || none.range.intersect(silence.range).empty()) continue;
    none.asked_at = std::min(none.asked_at, silence.asked_at);
    none.weak = none.weak || silence.weak;
  }
  if (none.asked_at == kEndOfTime) return std::nullopt;
  return none;
}

void doubt_empty_listing(Ledger& ledger) {
  ledger.archive_was_there = true;
  ledger.listing_contradicts = true;
  for (FileLedger& files : ledger.files) {
    if (!files.exists.empty()) continue;
    files.first_known = false;
    files.listing_failed = true;
    files.listed = {};
  }
}

std::vector<std::string> remarks(const Wanted& wanted, const Policy& policy, const Ledger& ledger, Timestamp now) {
  std::vector<std::string> list;
  if (ledger.clock_ahead) {
    list.push_back(
        fmt::format("our clock is {} ahead of the exchange's, as two of its answers show: candles that have not "
                    "closed by the exchange's clock are not_yet; set the clock right that the request goes by",
                    seconds(*ledger.clock_ahead)));
  }
  for (const TimeRange& gap : standing_gaps(wanted, policy, ledger, now)) {
    list.push_back(fmt::format("a known gap from {} was due to be asked again, and no answer came: it stands",
                               from_to(gap, wanted.series.interval)));
  }
  if (ledger.fact_stands) {
    list.emplace_back(
        "where the series begins or ends was due to be asked again, and could not be: what is known stands");
  }
  if (policy.source != DataSource::CACHE && ledger.archive_doubts_over) {
    for (const DoubtedFile& doubted : ledger.doubted_files) {
      for (const TimeRange& range : doubted.slots.minus(ledger.present).intersect(wanted.slots)) {
        list.push_back(fmt::format("whether the archive has candles from {} by now could not be asked: the gap stands",
                                   from_to(range, wanted.series.interval)));
      }
    }
  }
  const auto listing_failed = [&](Granularity g) { return ledger.of(g).listing_failed; };
  const RangeSet before = before_first(wanted, policy, ledger).intersect(wanted.slots);
  if (policy.source == DataSource::AUTO && !before.empty() && std::ranges::any_of(kGranularities, listing_failed)) {
    list.emplace_back("only REST says that the series begins there: the archive could not be listed");
  }
  return list;
}

}  // namespace klinekeep::planner
