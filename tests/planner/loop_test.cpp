// Laws of plan and learn together: whatever a source answers, asking ends, and an enforced source is never left.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "planner/support.hpp"

namespace klinekeep::planner {
namespace {

/// What a source might answer to a step: anything of the right kind.
Answer any_answer(const Request& r, const Step& step) {
  const Failed failed{Cause::unavailable, "down"};
  if (const auto* page = std::get_if<RestPage>(&step.action)) {
    RangeSet have{page->window};
    if (*rc::gen::arbitrary<bool>()) {
      const auto slots = static_cast<int>(r.series.interval.count(page->window));
      const auto from = *rc::gen::inRange(0, slots + 1);
      const Duration width = r.series.interval.close_of(page->window.begin) - page->window.begin;
      have.subtract(
          {page->window.begin + from * width, page->window.begin + (from + *rc::gen::inRange(0, 40)) * width});
    }
    Rows good = rows(have.intersect(page->window), r.series.interval);
    switch (*rc::gen::inRange(0, 8)) {
      case 0:
        return failed;
      case 1:
        return Distrusted{false, "rubbish"};
      case 2:
        return rows({}, r.series.interval);
      default:
        return good;
    }
  }
  if (std::holds_alternative<FirstCandle>(step.action)) {
    if (*rc::gen::arbitrary<bool>()) return failed;
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
  RangeSet have{step.range};
  if (*rc::gen::arbitrary<bool>()) {
    const Timestamp from = step.range.begin + std::chrono::days{*rc::gen::inRange(0, 31)};
    have.subtract({from, from + std::chrono::days{*rc::gen::inRange(1, 9)}});
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

struct Run {
  Ledger ledger;
  std::vector<Action> asked;
};

Run run_to_the_end(const Request& r, const Policy& policy) {
  Run run;
  for (int round = 0; round < 2000; ++round) {
    const Plan p = plan(r, policy, run.ledger, kLongAfter);
    if (p.steps.empty()) return run;
    RC_ASSERT(p.at_once >= 1U && p.at_once <= p.steps.size());
    for (std::size_t i = 0; i < p.at_once; ++i) {
      run.asked.push_back(p.steps[i].action);
      run.ledger = learn(std::move(run.ledger), r, p.steps[i], any_answer(r, p.steps[i]));
    }
  }
  RC_FAIL("asking does not end");
  return run;
}

Request any_request(MarketType market) {
  const Interval interval =
      *rc::gen::element(Interval::MINUTE_1, Interval::MINUTE_15, Interval::HOUR_1, Interval::DAY_1);
  const Timestamp begin = interval.floor(at("2024-02-10") + std::chrono::hours{*rc::gen::inRange(0, 1000)});
  const Timestamp end = interval.ceil(begin + std::chrono::hours{*rc::gen::inRange(1, 1500)});
  return {{market, Symbol{"X"}, interval}, {begin, end}};
}

RC_GTEST_PROP(Loop, OfTheArchiveEndsAndNeverAsksAnythingTwice, ()) {
  const Request r = any_request(MarketType::SPOT);
  const Policy policy{.source = DataSource::VISION, .accept_unverified = *rc::gen::arbitrary<bool>()};
  const Run run = run_to_the_end(r, policy);
  for (const Action& action : run.asked) RC_LOG() << text({action, {}, 0, 0, {}}) << "; ";
  for (const Action& action : run.asked) {
    RC_ASSERT(std::holds_alternative<ArchiveFile>(action) || std::holds_alternative<List>(action));
    RC_ASSERT(std::ranges::count(run.asked, action) == 1);
    if (const auto* file = std::get_if<ArchiveFile>(&action)) {
      RC_ASSERT(policy.accept_unverified || !file->accept_unverified);
    }
  }
}

RC_GTEST_PROP(Loop, OfRestEndsAndNeverAsksAnythingTwice, ()) {
  const Request r =
      any_request(*rc::gen::element(MarketType::SPOT, MarketType::FUTURES_USDT, MarketType::FUTURES_COIN));
  const Run run = run_to_the_end(r, kRest);
  for (const Action& action : run.asked) {
    RC_ASSERT(std::holds_alternative<RestPage>(action) || std::holds_alternative<FirstCandle>(action));
    RC_ASSERT(std::ranges::count(run.asked, action) == 1);
  }
}

RC_GTEST_PROP(Loop, WhatIsLeftIsExactlyWhatIsNamedMissing, ()) {
  const bool from_rest = *rc::gen::arbitrary<bool>();
  const Request r = any_request(MarketType::SPOT);
  const Policy& policy = from_rest ? kRest : kVision;
  const Run run = run_to_the_end(r, policy);
  RangeSet named;
  for (const MissingRange& m : missing(r, policy, run.ledger, kLongAfter)) {
    RC_ASSERT(!named.touches(m.range));
    RC_ASSERT(!m.detail.empty());
    named.add(m.range);
  }
  RangeSet left{r.slots};
  left.subtract(from_rest ? run.ledger.rest : run.ledger.archive);
  left.subtract(before_first(r, policy, run.ledger));
  RC_ASSERT(left == named);
}

}  // namespace
}  // namespace klinekeep::planner
