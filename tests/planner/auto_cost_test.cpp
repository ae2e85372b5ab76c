// The cover that AUTO plans, against all covers there are: by another way of counting, on small cases.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <chrono>
#include <set>

#include "planner/archive_files.hpp"
#include "planner/costs.hpp"
#include "planner/support.hpp"

namespace klinekeep::planner {
namespace {

using File = std::pair<Granularity, Timestamp>;

/// A slot that is missing, and who may be asked for it, by rules written once more.
struct Slot {
  Timestamp open;
  std::vector<File> files;
  bool page;
};

struct Case {
  Wanted wanted;
  Policy policy;
  Ledger ledger;
  Timestamp now;
};

RangeSet any_ranges(const Wanted& r, int most) {
  RangeSet set;
  const auto slots = r.series.interval.count(r.slots);
  const Duration width = r.series.interval.close_of(r.slots.begin) - r.slots.begin;
  for (int i = *rc::gen::inRange(0, most); i > 0; --i) {
    const auto from = *rc::gen::inRange<std::int64_t>(0, slots);
    const auto size = *rc::gen::element<std::int64_t>(1, 2, 7, 40, 120);
    set.add(TimeRange{r.slots.begin + from * width, r.slots.begin + (from + size) * width}.intersect(r.slots));
  }
  return set;
}

Case any_case() {
  struct Shape {
    Interval interval;
    int hours;
  };
  const auto shape =
      *rc::gen::element(Shape{Interval::MINUTE_1, 30}, Shape{Interval::MINUTE_15, 200}, Shape{Interval::HOUR_1, 700},
                        Shape{Interval::HOUR_12, 1400}, Shape{Interval::DAY_1, 1500});
  const auto market = *rc::gen::element(MarketType::SPOT, MarketType::FUTURES_USDT, MarketType::FUTURES_COIN);
  const Timestamp begin = shape.interval.floor(at("2024-02-25") + std::chrono::hours{*rc::gen::inRange(0, 100)});
  const Timestamp end =
      shape.interval.ceil(begin + std::chrono::hours{*rc::gen::element(1, shape.hours / 4, shape.hours)});
  Case c{.wanted = {{market, Symbol{"X"}, shape.interval}, {begin, end}}, .policy = kAuto, .ledger = {}, .now = {}};
  c.policy.request_cost = *rc::gen::element<std::int64_t>(100'000, 20'000, 1'000, 100);
  c.policy.rest_factor = *rc::gen::element<std::int64_t>(4, 1);
  c.policy.archive_above_points = *rc::gen::element<std::int64_t>(10'000, 300);
  c.now = begin + std::chrono::hours{*rc::gen::element(60, 300, 1000, 3000)};
  // The forming candle would ride along, and cost a little.
  c.wanted.slots = closed_part(c.wanted.slots, shape.interval, c.now);
  if (c.wanted.slots.empty()) c.wanted.slots.end = shape.interval.next(begin);
  c.ledger.present = any_ranges(c.wanted, *rc::gen::element(2, 40));
  c.ledger.archive = any_ranges(c.wanted, 4);
  c.ledger.rest = any_ranges(c.wanted, 3);
  // Few files are there, so that all choices among them can be tried.
  for (const Granularity g : kGranularities) {
    FileLedger& files = c.ledger.of(g);
    files.listed.add({kBeginOfTime, kEndOfTime});
    files.first_known = true;
    files.exists.emplace(period_of(g, begin), ListedFile{});
    for (int i = *rc::gen::inRange(0, 6); i > 0; --i) {
      files.exists.emplace(period_of(g, begin + std::chrono::hours{*rc::gen::inRange(0, shape.hours)}), ListedFile{});
    }
  }
  return c;
}

std::vector<Slot> missing_slots(const Case& c) {
  const Interval interval = c.wanted.series.interval;
  std::vector<Slot> slots;
  for (Timestamp t = c.wanted.slots.begin; t < c.wanted.slots.end; t = interval.next(t)) {
    if (interval.close_of(t) - std::chrono::milliseconds{1} >= c.now) break;
    if (c.ledger.present.contains(t) || c.ledger.rest.contains(t)) continue;
    Slot slot{.open = t, .files = {}, .page = true};
    for (const Granularity g : kGranularities) {
      const Timestamp period = period_of(g, t);
      const bool due = period_over(g, period, interval) + std::chrono::hours{36} <= c.now;
      if (due && c.ledger.of(g).exists.contains(period) && !c.ledger.archive.contains(t))
        slot.files.emplace_back(g, period);
    }
    slots.push_back(slot);
  }
  if (std::cmp_greater(slots.size(), c.policy.archive_above_points)) {
    for (Slot& slot : slots) slot.page = slot.files.empty();
  }
  return slots;
}

/// What it costs to page through the slots that `files` do not serve; none where that cannot be.
std::optional<std::int64_t> cost_of_pages(const Case& c, const std::vector<Slot>& slots, const std::set<File>& files) {
  constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
  const Series& series = c.wanted.series;
  std::vector<std::int64_t> best(slots.size() + 1, kNever);
  best[0] = 0;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (best[i] == kNever) continue;
    const auto served = std::ranges::count_if(slots[i].files, [&](const File& f) { return files.contains(f); });
    if (served > 1) return std::nullopt;
    if (served == 1) best[i + 1] = std::min(best[i + 1], best[i]);
    if (served == 1) continue;
    const Timestamp reach = page_reach(series, slots[i].open);
    for (std::size_t j = i; j < slots.size() && slots[j].open < reach && slots[j].page; ++j) {
      if (std::ranges::any_of(slots[j].files, [&](const File& f) { return files.contains(f); })) break;
      const std::int64_t bars = series.interval.count({slots[i].open, series.interval.next(slots[j].open)});
      const std::int64_t cost = c.policy.rest_factor * (bars * c.policy.rest_bytes_per_row + c.policy.request_cost);
      best[j + 1] = std::min(best[j + 1], best[i] + cost);
    }
  }
  return best.back() == kNever ? std::nullopt : std::optional{best.back()};
}

std::int64_t cheapest_of_all(const Case& c, const std::vector<Slot>& slots) {
  std::set<File> askable;
  for (const Slot& slot : slots) askable.insert(slot.files.begin(), slot.files.end());
  const std::vector<File> list{askable.begin(), askable.end()};
  std::int64_t best = std::numeric_limits<std::int64_t>::max();
  for (std::size_t choice = 0; choice < (std::size_t{1} << list.size()); ++choice) {
    std::set<File> files;
    std::int64_t cost = 0;
    for (std::size_t i = 0; i < list.size(); ++i) {
      if ((choice >> i & 1U) == 0) continue;
      files.insert(list[i]);
      cost += file_cost(c.policy, c.wanted.series.interval, list[i].first, list[i].second);
    }
    if (cost >= best) continue;
    if (const auto pages = cost_of_pages(c, slots, files)) best = std::min(best, cost + *pages);
  }
  return best;
}

std::int64_t cost_of(const Case& c, const Plan& planned) {
  std::int64_t cost = 0;
  for (const Step& step : planned.steps) {
    const std::int64_t sum = step.bytes + step.requests * c.policy.request_cost;
    if (std::holds_alternative<ArchiveFile>(step.action)) cost += sum;
    if (std::holds_alternative<RestPage>(step.action)) cost += c.policy.rest_factor * sum;
  }
  return cost;
}

RC_GTEST_PROP(AutoCost, NoCoverIsCheaper, ()) {
  const Case c = any_case();
  const auto slots = missing_slots(c);
  RC_CLASSIFY(slots.empty(), "nothing is missing");
  const Plan planned = plan(c.wanted, c.policy, c.ledger, c.now);
  std::string steps;
  for (const std::string& step : texts(planned.steps)) steps += step + "; ";
  RC_LOG() << c.wanted.series.interval.name() << ' ' << format_iso(c.wanted.slots.begin) << ' '
           << format_iso(c.wanted.slots.end) << " now " << format_iso(c.now) << ": " << steps;
  const auto files = std::ranges::count_if(planned.steps, [](const Step& step) { return step.requests == 2; });
  RC_CLASSIFY(files > 0 && std::cmp_less(files, planned.steps.size()), "files and pages");
  RC_CLASSIFY(std::cmp_greater(planned.steps.size(), 4), "more than four steps");
  RC_ASSERT(cost_of(c, planned) == cheapest_of_all(c, slots));
}

RC_GTEST_PROP(AutoCost, EachMissingSlotIsInOneStep, ()) {
  const Case c = any_case();
  const Plan planned = plan(c.wanted, c.policy, c.ledger, c.now);
  for (const Slot& slot : missing_slots(c)) {
    int times = 0;
    for (const Step& step : planned.steps) {
      const auto* const file = std::get_if<ArchiveFile>(&step.action);
      const bool can_have = file == nullptr || !c.ledger.archive.contains(slot.open);
      if (can_have && step.range.contains(slot.open)) ++times;
    }
    RC_ASSERT(times == 1);
  }
}

RC_GTEST_PROP(AutoCost, MoreCacheNeverCostsMore, ()) {
  Case c = any_case();
  const std::int64_t before = cost_of(c, plan(c.wanted, c.policy, c.ledger, c.now));
  c.ledger.present.add(any_ranges(c.wanted, 8));
  RC_ASSERT(cost_of(c, plan(c.wanted, c.policy, c.ledger, c.now)) <= before);
  c.ledger.rest.add(any_ranges(c.wanted, 3));
  RC_ASSERT(cost_of(c, plan(c.wanted, c.policy, c.ledger, c.now)) <= before);
}

TEST(AutoCost, LargeRequestsArePlannedAtOnce) {
  // No bar on time, but a plan that took seconds would be noticed.
  const auto years = wanted(MarketType::SPOT, Interval::MINUTE_1, "2017-08-17", "2025-08-17");
  EXPECT_LT(plan(years, kAuto, everything_listed(), kLongAfter).steps.size(), 150U);
  EXPECT_EQ(plan(years, kAuto,
                 listed(Granularity::daily, "2025-08-17", "2025-08-18",
                        listed(Granularity::monthly, "2025-08-01", "2025-09-01")),
                 kLongAfter)
                .steps.size(),
            4186U);
  const auto days = wanted(MarketType::SPOT, Interval::DAY_1, "2017-08-17", "2025-08-17");
  EXPECT_EQ(plan(days, kAuto, everything_listed(), kLongAfter).steps.size(), 3U);
  Ledger holes = everything_listed();
  holes.present.add(years.slots);
  for (int i = 0; i < 10'000; ++i) {
    const Timestamp t = years.slots.begin + i * std::chrono::minutes{400};
    holes.present.subtract({t, t + std::chrono::minutes{1}});
  }
  EXPECT_GT(plan(years, kAuto, holes, kLongAfter).steps.size(), 90U);
  Ledger dense = everything_listed();
  dense.present.add(years.slots);
  for (int i = 0; i < 10'000; ++i) {
    const Timestamp t = years.slots.begin + i * std::chrono::minutes{2};
    dense.present.subtract({t, t + std::chrono::minutes{1}});
  }
  dense.archive.add(years.slots);
  EXPECT_EQ(plan(years, kAuto, dense, kLongAfter).steps.size(), 20U);
}

}  // namespace
}  // namespace klinekeep::planner
