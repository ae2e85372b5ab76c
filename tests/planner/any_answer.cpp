#include "planner/any_answer.hpp"

#include <rapidcheck.h>

namespace klinekeep::planner {
namespace {

RangeSet any_ranges(const Request& r, int most) {
  RangeSet set;
  for (int i = *rc::gen::inRange(0, most); i > 0; --i) {
    const Timestamp from = r.series.interval.floor(r.slots.begin + std::chrono::hours{*rc::gen::inRange(-30, 1500)});
    set.add({from, r.series.interval.ceil(from + std::chrono::hours{*rc::gen::element(1, 5, 24, 200, 800)})});
  }
  return set;
}

TimeRange on_grid(const Request& r, const TimeRange& range) {
  return {r.series.interval.ceil(range.begin), r.series.interval.ceil(range.end)};
}

}  // namespace

Request any_request() {
  const auto market = *rc::gen::element(MarketType::SPOT, MarketType::FUTURES_USDT, MarketType::FUTURES_COIN);
  const Interval interval = *rc::gen::element(Interval::MINUTE_1, Interval::MINUTE_15, Interval::HOUR_1,
                                              Interval::DAY_1, Interval::DAY_3, Interval::WEEK_1, Interval::MONTH_1);
  const Timestamp begin = interval.floor(at("2024-02-10") + std::chrono::hours{*rc::gen::inRange(0, 1000)});
  const Timestamp end = interval.ceil(begin + std::chrono::hours{*rc::gen::element(1, 30, 200, 1500)});
  return {{market, Symbol{"X"}, interval}, {begin, end}};
}

Ledger any_ledger(const Request& r) {
  Ledger ledger;
  if (*rc::gen::arbitrary<bool>()) return ledger;
  ledger.archive = any_ranges(r, 3);
  ledger.rest = any_ranges(r, 3);
  RangeSet answered = ledger.archive;
  answered.add(ledger.rest);
  ledger.present = any_ranges(r, 5).intersect(answered);
  ledger.rest_gaps_due = any_ranges(r, 3).minus(ledger.rest).minus(ledger.present);
  ledger.rest_has_rows = *rc::gen::arbitrary<bool>();
  if (*rc::gen::inRange(0, 3) == 0) {
    ledger.first_candle = r.slots.begin + std::chrono::hours{*rc::gen::inRange(-50, 500)};
    ledger.first_candle_stated = *rc::gen::arbitrary<bool>();
  }
  for (FileLedger& files : ledger.files) {
    if (*rc::gen::inRange(0, 3) != 0) continue;
    files.first_known = true;
    files.exists.insert(*rc::gen::element(at("2024-01-01"), at("2024-02-01"), at("2024-03-01")));
  }
  return ledger;
}

Answer any_answer(const Request& r, const Step& step) {
  const Failed failed{Cause::unavailable, "down"};
  if (const auto* page = std::get_if<RestPage>(&step.action)) {
    RangeSet have{page->window};
    if (*rc::gen::arbitrary<bool>()) {
      const auto slots = static_cast<int>(r.series.interval.count(page->window));
      const auto from = *rc::gen::inRange(0, slots + 1);
      const Duration width = r.series.interval.close_of(page->window.begin) - page->window.begin;
      const Timestamp first = page->window.begin + from * width;
      have.subtract(on_grid(r, {first, first + *rc::gen::inRange(0, 40) * width}));
    }
    Rows good = rows(have.intersect(page->window), r.series.interval);
    switch (*rc::gen::inRange(0, 12)) {
      case 0:
        return failed;
      case 3:
        if (*rc::gen::inRange(0, 3) == 0) return Unknown{};
        return good;
      case 4: {  // some of it had not closed
        const Timestamp middle = page->window.begin + (page->window.end - page->window.begin) / 2;
        const TimeRange closed = closed_part(page->window, r.series.interval, middle);
        if (closed.empty()) return good;
        good.final_before = middle;
        good.have = good.have.intersect(closed);
        return good;
      }
      case 5:
        return Failed{Cause::rate_limited, "429"};
      case 1:
        return Distrusted{false, "rubbish"};
      case 2:
        return rows({}, r.series.interval);
      default:
        return good;
    }
  }
  if (std::holds_alternative<FirstCandle>(step.action)) {
    if (*rc::gen::inRange(0, 4) == 0) return failed;
    if (*rc::gen::inRange(0, 4) == 0) return Unknown{};
    if (*rc::gen::inRange(0, 4) == 0) return First{std::nullopt, *rc::gen::arbitrary<bool>()};
    return First{r.slots.begin + std::chrono::hours{*rc::gen::inRange(0, 2000)}, *rc::gen::arbitrary<bool>()};
  }
  if (const auto* list = std::get_if<List>(&step.action)) {
    if (*rc::gen::inRange(0, 4) == 0) return failed;
    Listed listed{.periods = {}, .complete = *rc::gen::arbitrary<bool>()};
    Timestamp p = list->after.value_or(at("2024-01-01"));
    for (int i = *rc::gen::inRange(0, 90); i > 0; --i) {
      p = list->granularity == Granularity::daily ? p + std::chrono::days{1} : Interval{Interval::MONTH_1}.next(p);
      if (*rc::gen::inRange(0, 5) != 0) listed.periods.push_back(p);
    }
    return listed;
  }
  RangeSet have{on_grid(r, step.range)};
  if (*rc::gen::arbitrary<bool>()) {
    const Timestamp from = step.range.begin + std::chrono::days{*rc::gen::inRange(0, 31)};
    have.subtract(on_grid(r, {from, from + std::chrono::days{*rc::gen::inRange(1, 9)}}));
  }
  switch (*rc::gen::inRange(0, 7)) {
    case 0:
      return Absent{};
    case 1:
      return Distrusted{*rc::gen::arbitrary<bool>(), "checksum"};
    case 2:
      return failed;
    default:
      return rows(have, r.series.interval);
  }
}

}  // namespace klinekeep::planner
