#include <algorithm>

#include "planner/period.hpp"
#include "planner/source_plan.hpp"

namespace klinekeep::planner {
namespace {

constexpr std::array kGranularities{Granularity::daily, Granularity::monthly};

std::optional<Timestamp> first_listed(const Ledger& ledger, Interval interval) {
  std::optional<Timestamp> first;
  for (const Granularity g : kGranularities) {
    if (!has_files(g, interval)) continue;
    const FileLedger& known = ledger.of(g);
    if (!known.first_known) return std::nullopt;
    if (known.exists.empty()) continue;
    first = std::min(first.value_or(kEndOfTime), *known.exists.begin());
  }
  return first;
}

struct Why {
  Cause cause;
  std::string detail;
  int weight;  // the gravest explanation wins
};

Why explain(const FileState& state) {
  using enum FileState::Kind;
  switch (state.kind) {
    case failed:
      return {state.cause, state.detail, 4};
    case malformed:
    case unverified:
      return {Cause::integrity, state.detail, 3};
    case read:
      return {Cause::not_published, "the archive's file was made before these candles had closed", 2};
    case absent:
      break;
  }
  return {Cause::not_published, "the archive has no file of it", 1};
}

/// Why the archive has no answer for a candle that opens at `slot`.
Why why_not_archived(const Ledger& ledger, Interval interval, Timestamp slot, Timestamp now) {
  Why why{Cause::not_published, "the archive has a file of it once its period is over", 0};
  for (const Granularity g : kGranularities) {
    if (!has_files(g, interval)) continue;
    const Timestamp period = period_of(g, slot);
    if (period_over(g, period, interval) > now) continue;
    const auto found = ledger.of(g).asked.find(period);
    const bool asked = found != ledger.of(g).asked.end();
    Why candidate = explain(asked ? found->second : FileState{.kind = FileState::Kind::absent});
    if (candidate.weight > why.weight) why = std::move(candidate);
  }
  return why;
}

void append(std::vector<MissingRange>& list, MissingRange next) {
  if (!list.empty() && list.back().range.end == next.range.begin && list.back().cause == next.cause &&
      list.back().detail == next.detail) {
    list.back().range.end = next.range.end;
  } else {
    list.push_back(std::move(next));
  }
}

std::vector<MissingRange> missing_in_archive(const Request& request, const RangeSet& lacking, const Ledger& ledger,
                                             Timestamp now) {
  std::vector<MissingRange> list;
  const Interval interval = request.series.interval;
  for (const TimeRange& range : lacking) {
    for (Timestamp at = range.begin; at < range.end;) {
      const Timestamp end = std::min(range.end, next_period(Granularity::daily, period_of(Granularity::daily, at)));
      Why why = why_not_archived(ledger, interval, at, now);
      append(list, {{at, std::max(end, interval.next(at))}, why.cause, std::move(why.detail)});
      at = list.back().range.end;
    }
  }
  return list;
}

std::vector<MissingRange> missing_in_rest(RangeSet lacking, const Ledger& ledger) {
  std::vector<MissingRange> list;
  for (const auto& [begin, failure] : ledger.rest_failures) {
    for (const TimeRange& part : lacking.intersect(failure.range)) {
      list.push_back({part, failure.cause, failure.detail});
    }
    lacking.subtract(failure.range);
  }
  for (const TimeRange& range : lacking) {
    list.push_back({range, Cause::integrity, "REST's answers did not settle it"});
  }
  std::ranges::sort(list, {}, [](const MissingRange& m) { return m.range.begin; });
  std::vector<MissingRange> joined;
  for (MissingRange& m : list) append(joined, std::move(m));
  return joined;
}

Timestamp page_before(Timestamp slot, const Series& series) {
  const MarketRules& rules = rules_of(series.market);
  const Timestamp first = series.interval.floor(slot);
  const Duration bars = (series.interval.close_of(first) - first) * rules.page_bars;
  return series.interval.floor(first -
                               std::min<Duration>(bars, rules.longest_page.value_or(std::chrono::days{36'500})));
}

}  // namespace

bool is_absent(const FileLedger& files, Timestamp period) {
  const auto found = files.asked.find(period);
  if (found != files.asked.end()) return found->second.kind == FileState::Kind::absent;
  return files.listed.contains(period) && !files.exists.contains(period);
}

TimeRange before_first(const Request& request, const Policy& policy, const Ledger& ledger) {
  const TimeRange& slots = request.slots;
  const bool from_rest = policy.source == DataSource::REST;
  auto first = from_rest ? ledger.first_candle : first_listed(ledger, request.series.interval);
  if (!first) return {slots.begin, slots.begin};
  // What is only stated is tested: the page before it is asked all the same.
  if (from_rest && ledger.first_candle_stated) first = page_before(*first, request.series);
  return {slots.begin, std::clamp(*first, slots.begin, slots.end)};
}

RangeSet unanswered(const Request& request, const Policy& policy, const Ledger& ledger, const TimeRange& slots) {
  RangeSet lacking{slots};
  lacking.subtract(policy.source == DataSource::REST ? ledger.rest : ledger.archive);
  lacking.subtract(before_first(request, policy, ledger));
  return lacking;
}

std::vector<MissingRange> missing(const Request& request, const Policy& policy, const Ledger& ledger, Timestamp now) {
  const TimeRange closed = closed_part(request.slots, request.series.interval, now);
  const RangeSet lacking = unanswered(request, policy, ledger, closed);
  return policy.source == DataSource::REST ? missing_in_rest(lacking, ledger)
                                           : missing_in_archive(request, lacking, ledger, now);
}

bool is_unknown(const Request& request, const Policy& policy, const Ledger& ledger) {
  if (policy.source == DataSource::REST) return ledger.unknown_to_rest;
  const bool fully_listed = std::ranges::all_of(kGranularities, [&](Granularity g) {
    return !has_files(g, request.series.interval) || ledger.of(g).first_known;
  });
  return fully_listed && !first_listed(ledger, request.series.interval) && ledger.archive.empty();
}

}  // namespace klinekeep::planner
