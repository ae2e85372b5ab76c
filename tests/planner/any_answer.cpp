#include "planner/any_answer.hpp"

#include <rapidcheck.h>

#include <algorithm>

#include "core/market_rules.hpp"
#include "planner/period.hpp"

namespace klinekeep::planner {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

RangeSet any_ranges(const Wanted& r, int most) {
  RangeSet set;
  for (int i = *rc::gen::inRange(0, most); i > 0; --i) {
    const Timestamp from = r.series.interval.floor(r.slots.begin + hours{*rc::gen::inRange(-30, 1500)});
    set.add({from, r.series.interval.ceil(from + hours{*rc::gen::element(1, 5, 24, 200, 800)})});
  }
  return set;
}

TimeRange on_grid(const Wanted& r, const TimeRange& range) {
  return {r.series.interval.ceil(range.begin), r.series.interval.ceil(range.end)};
}

bool one_of(int n) { return *rc::gen::inRange(0, n) == 0; }

Timestamp any_asked_at(Timestamp now) { return now - minutes{*rc::gen::element(10, 90, 20'000, 200'000)}; }

NoCandles any_fact(const TimeRange& range, Timestamp now) {
  NoCandles fact{range, any_asked_at(now), *rc::gen::arbitrary<bool>(), {}};
  if (*rc::gen::arbitrary<bool>()) fact.due = range;
  return fact;
}

void add_files(Ledger& ledger, const Wanted& r, Timestamp now) {
  for (const Granularity g : {Granularity::daily, Granularity::monthly}) {
    FileLedger& files = ledger.of(g);
    if (!one_of(3)) continue;
    const Timestamp first = *rc::gen::element(at("2024-01-01"), at("2024-02-01"), at("2024-03-01"));
    ledger.archive_was_there = true;
    if (one_of(3)) {
      files.first_remembered = first;
      continue;
    }
    files.first_known = true;
    files.exists.emplace(first, ListedFile{first, {}, {}});
  }
  const RangeSet holes = ledger.archive.minus(ledger.present);
  for (const TimeRange& hole : holes) {
    if (!one_of(3)) continue;
    const auto g = has_files(Granularity::daily, r.series.interval) && *rc::gen::arbitrary<bool>()
                       ? Granularity::daily
                       : Granularity::monthly;
    const Timestamp period = period_of(g, hole.begin);
    const auto is_same = [&](const DoubtedFile& file) { return file.granularity == g && file.period == period; };
    const bool is_due = period_over(g, period, r.series.interval) + hours{36} <= now;
    if (!is_due || std::ranges::any_of(ledger.doubted_files, is_same)) continue;
    ledger.doubted_files.push_back({.granularity = g,
                                    .period = period,
                                    .etag = *rc::gen::element<std::string>("", "old"),
                                    .asked_at = any_asked_at(now),
                                    .trust = Trust::verified,
                                    .slots = holes.intersect(on_grid(r, period_range(g, period)))});
  }
  if (!has_files(Granularity::daily, r.series.interval) || !one_of(3)) return;
  const Timestamp month = period_of(Granularity::monthly, r.slots.begin);
  ledger.months_read[month] = {any_asked_at(now), Trust::verified};
  ledger.archive_day_holes =
      any_ranges(r, 3).intersect(period_range(Granularity::monthly, month)).minus(ledger.archive).minus(ledger.present);
}

/// Wrong, now and then: slow or fast by hours, or without a Date.
AnswerTimes any_times(Timestamp now) {
  AnswerTimes times = told_at(now);
  times.heard_at += seconds{*rc::gen::element(0, 0, 1, 40)};
  switch (*rc::gen::inRange(0, 12)) {
    case 0:
      times.as_of -= hours{8};
      break;
    case 1:
      times.as_of -= seconds{*rc::gen::inRange(0, 200)};
      break;
    case 2:
      times.as_of -= days{*rc::gen::inRange(1, 40)};
      break;
    default:
      break;
  }
  return times;
}

Rows any_page(const Wanted& r, const RestPage& page, Timestamp now) {
  const Interval interval = r.series.interval;
  RangeSet have{page.window};
  const auto slots = static_cast<int>(interval.count(page.window));
  const auto slot = [&](int i) {
    Timestamp t = page.window.begin;
    if (interval == Interval::MONTH_1) {
      for (; i > 0; --i) t = interval.next(t);
      return t;
    }
    return t + i * (interval.close_of(t) - t);
  };
  switch (*rc::gen::inRange(0, 8)) {
    case 0: {  // a hole, at an edge or not
      const int from = *rc::gen::inRange(0, slots + 1);
      have.subtract({slot(from), slot(from + *rc::gen::inRange(0, 40))});
      break;
    }
    case 1:  // only its last rows
      have.subtract({slot(0), slot(std::max(0, slots - *rc::gen::inRange(1, 5)))});
      break;
    case 2:  // only its first ones
      have.subtract({slot(*rc::gen::inRange(0, 5)), kEndOfTime});
      break;
    case 3:  // none
      have = {};
      break;
    default:
      break;
  }
  const AnswerTimes times = any_times(now);
  RangeSet sent;  // as many as the limit lets through
  std::int64_t left = page.limit;
  for (const TimeRange& range : have) {
    for (Timestamp t = range.begin; t < range.end && left > 0; t = interval.next(t), --left) {
      sent.add({t, interval.next(t)});
    }
  }
  // The forming candle, and what had not closed by a wrong time, come along and are not used.
  sent = sent.intersect(TimeRange{kBeginOfTime, now + seconds{1}});
  Rows answer = rows(sent, interval, times.as_of);
  answer.times = times;
  answer.have = sent.intersect(closed_part(page.window, interval, times.as_of));
  if (answer.count > 0 && one_of(20)) answer.off_grid = true;
  if (answer.off_grid) answer.count = static_cast<std::size_t>(page.limit);
  return answer;
}

Answer any_listing(const List& list, Timestamp now) {
  Listed listed{.files = {}, .complete = *rc::gen::arbitrary<bool>(), .asked_at = now};
  if (one_of(6)) return listed;
  Timestamp p = list.after.value_or(at("2024-01-01"));
  for (int i = *rc::gen::inRange(0, 90); i > 0; --i) {
    p = next_period(list.granularity, p);
    if (one_of(5)) continue;
    ListedFile file{p, *rc::gen::element<std::string>("", "old", "new"), std::nullopt};
    if (*rc::gen::arbitrary<bool>()) file.last_modified = any_asked_at(now);
    listed.files.push_back(file);
  }
  return listed;
}

Answer any_file(const Wanted& r, const Step& step, Timestamp now) {
  const TimeRange period = on_grid(r, step.range);
  RangeSet have{period};
  if (*rc::gen::arbitrary<bool>()) {
    const Timestamp from = step.range.begin + hours{*rc::gen::inRange(0, 31 * 24)};
    have.subtract(on_grid(r, {from, from + hours{*rc::gen::element(1, 12, 24, 70, 200)}}));
  }
  if (one_of(10)) have = {};  // a period without a row
  switch (*rc::gen::inRange(0, 8)) {
    case 0:
      return Absent{};
    case 1:
      return Distrusted{*rc::gen::arbitrary<bool>(), "checksum", one_of(2) ? have : RangeSet{}};
    case 2:
      return Failed{Cause::unavailable, "down"};
    case 3: {  // made too early
      const Timestamp as_of = step.range.begin + hours{*rc::gen::inRange(1, 31 * 24)};
      Rows early = rows(have, r.series.interval, as_of);
      early.times = {now, now, std::min(as_of, now)};
      early.have = have.intersect(closed_part(period, r.series.interval, early.times.as_of));
      early.refused = have.minus(early.have);
      return early;
    }
    default:
      return rows(have, r.series.interval, now);
  }
}

}  // namespace

Wanted any_request() {
  const auto market = *rc::gen::element(MarketType::SPOT, MarketType::FUTURES_USDT, MarketType::FUTURES_COIN);
  const Interval interval = *rc::gen::element(Interval::MINUTE_1, Interval::MINUTE_15, Interval::HOUR_1,
                                              Interval::DAY_1, Interval::DAY_3, Interval::WEEK_1, Interval::MONTH_1);
  const Timestamp begin = interval.floor(at("2024-02-10") + hours{*rc::gen::inRange(0, 1000)});
  const Timestamp end = interval.ceil(begin + hours{*rc::gen::element(1, 30, 200, 1500)});
  return {{market, Symbol{"X"}, interval}, {begin, end}};
}

Ledger any_ledger(const Wanted& r, Timestamp now) {
  Ledger ledger;
  if (*rc::gen::arbitrary<bool>()) return ledger;
  ledger.archive = any_ranges(r, 3);
  ledger.archive_was_there = !ledger.archive.empty();
  RangeSet answered = ledger.archive;
  RangeSet of_rest = any_ranges(r, 3);
  answered.add(of_rest);
  ledger.present = any_ranges(r, 5).intersect(answered);
  ledger.rest_doubts = any_ranges(r, 3).minus(of_rest).minus(ledger.present);
  ledger.rest = of_rest;
  ledger.rest_remembered = of_rest;
  const Timestamp edge = r.series.interval.floor(std::min(now, r.slots.begin + hours{*rc::gen::inRange(-50, 500)}));
  const bool of_windows = rules_of(r.series.market).began.has_value();
  if (one_of(3)) {
    const NoCandles first = any_fact({Timestamp{}, edge}, now);
    const bool disproved = !ledger.present.empty() && first.range.contains(ledger.present.begin()->begin);
    if (of_windows && !first.due.empty()) {
      ledger.rest_doubts.add(first.range);
      ledger.rest_doubts.subtract(ledger.rest);
      ledger.rest_doubts.subtract(ledger.present);
    } else if (!disproved) {
      ledger.first = first;
    }
  }
  const TimeRange after{ledger.first ? r.series.interval.ceil(edge + days{5}) : edge, r.series.interval.floor(now)};
  if (one_of(3) && !after.empty() && !ledger.present.touches({after.begin, kEndOfTime})) {
    ledger.last = any_fact(after, now);
  }
  add_files(ledger, r, now);
  return ledger;
}

Answer any_answer(const Wanted& r, const Step& step, Timestamp now) {
  if (const auto* page = std::get_if<RestPage>(&step.action)) {
    switch (*rc::gen::inRange(0, 12)) {
      case 0:
        return Failed{Cause::unavailable, "down"};
      case 1:
        return Distrusted{false, "rubbish", {}};
      case 2:
        return Failed{Cause::rate_limited, "429"};
      case 3:
        if (one_of(3)) return Unknown{any_times(now), *rc::gen::arbitrary<bool>()};
        break;
      default:
        break;
    }
    return any_page(r, *page, now);
  }
  if (const auto* list = std::get_if<List>(&step.action)) {
    if (one_of(4)) return Failed{Cause::unavailable, "down"};
    return any_listing(*list, now);
  }
  const auto* const next = std::get_if<NextCandle>(&step.action);
  if (next == nullptr && !std::holds_alternative<FirstCandle>(step.action)) return any_file(r, step, now);
  if (one_of(5)) return Failed{Cause::unavailable, "down"};
  if (one_of(5)) return Unknown{any_times(now), *rc::gen::arbitrary<bool>()};
  Found answer{std::nullopt, any_times(now), *rc::gen::arbitrary<bool>()};
  if (one_of(3)) return answer;
  const Timestamp from = next == nullptr ? r.slots.begin - hours{30} : next->window.begin;
  const Timestamp open = r.series.interval.ceil(from + hours{*rc::gen::element(0, 1, 7, 40, 300, 2000)});
  const bool of_window = rules_of(r.series.market).began.has_value() && next != nullptr;
  if (open <= now && (!of_window || open < next->window.end)) answer.open_time = open;
  return answer;
}

Truth any_truth(const Wanted& r, Timestamp now) {
  Truth truth{.has = {closed_part({at("2017-08-17"), r.slots.end}, r.series.interval, now)}, .archived = {}};
  if (one_of(3)) {
    truth.has.subtract({kBeginOfTime, r.series.interval.floor(r.slots.begin + hours{*rc::gen::inRange(0, 400)})});
  }
  for (const TimeRange& hole : any_ranges(r, 3)) {
    if (truth.has.begin() != truth.has.end() && truth.has.contains(hole)) truth.has.subtract(hole);
  }
  truth.archived = truth.has.minus(any_ranges(r, 2));
  return truth;
}

Answer true_answer(const Wanted& r, const Truth& truth, const Step& step, Timestamp now) {
  const Interval interval = r.series.interval;
  const auto first_from = [&](Timestamp from, Timestamp until) -> std::optional<Timestamp> {
    const RangeSet left = truth.has.intersect(TimeRange{from, until});
    return left.empty() ? std::nullopt : std::optional{left.begin()->begin};
  };
  if (const auto* page = std::get_if<RestPage>(&step.action)) {
    return rows(truth.has.intersect(page->window), interval, now);
  }
  if (std::holds_alternative<FirstCandle>(step.action)) return found(first_from(kBeginOfTime, kEndOfTime), now);
  if (const auto* next = std::get_if<NextCandle>(&step.action)) {
    const bool of_window = rules_of(r.series.market).began.has_value();
    return found(first_from(next->window.begin, of_window ? next->window.end : kEndOfTime), now);
  }
  if (const auto* list = std::get_if<List>(&step.action)) {
    Listed listed{.files = {}, .complete = true, .asked_at = now};
    const auto begin = truth.has.empty() ? now : truth.has.begin()->begin;
    Timestamp period = period_of(list->granularity, begin);
    if (list->after) period = std::max(period, next_period(list->granularity, *list->after));
    for (; period_over(list->granularity, period, interval) <= now; period = next_period(list->granularity, period)) {
      listed.files.push_back({period, "true", period_over(list->granularity, period, interval)});
    }
    return listed;
  }
  const auto& file = std::get<ArchiveFile>(step.action);
  const bool exists = !truth.has.empty() && truth.has.begin()->begin < step.range.end &&
                      period_over(file.granularity, file.period, interval) <= now;
  if (!exists) return Absent{};
  return rows(truth.archived.intersect(on_grid(r, step.range)), interval, now);
}

}  // namespace klinekeep::planner
