#include "sources/settle.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>

#include "core/candle_maker.hpp"
#include "core/times.hpp"

namespace klinekeep::sources {
namespace {

const TimeRange kDay = range("2024-03-15", "2024-03-16");
const Timestamp kLater = at("2026-01-01");
constexpr Interval kHour = Interval::HOUR_1;

Timestamp hour(int n) { return kDay.begin + std::chrono::hours{n}; }

Settled settled(Candles rows, Interval interval = kHour, const TimeRange& allowed = kDay, Timestamp as_of = kLater) {
  auto result = settle(std::move(rows), interval, allowed, as_of);
  EXPECT_TRUE(result) << (result ? "" : result.error().what);
  return result ? *std::move(result) : Settled{};
}

std::string problem(Candles rows, const TimeRange& allowed = kDay) {
  const auto result = settle(std::move(rows), kHour, allowed, kLater);
  return result ? "" : result.error().what;
}

TEST(Settle, TakesOrderedRowsAsTheyAre) {
  const Candles rows = candles_in(kDay, kHour);
  const Settled result = settled(rows);
  EXPECT_TRUE(same(result.candles, rows));
  EXPECT_EQ(result.have, RangeSet{kDay});
  EXPECT_EQ(result.count, 24U);
  EXPECT_EQ(result.span, (TimeRange{hour(0), hour(23)}));
  EXPECT_TRUE(result.off_grid.empty());
  EXPECT_TRUE(result.conflicts.empty());
  EXPECT_EQ(result.duplicates, 0);
}

TEST(Settle, OfNothingIsNothing) {
  const Settled result = settled({});
  EXPECT_EQ(result.count, 0U);
  EXPECT_FALSE(result.span);
  EXPECT_TRUE(result.have.empty());
  EXPECT_TRUE(result.candles.empty());
}

TEST(Settle, RefusesRowsFromElsewhere) {
  EXPECT_EQ(
      problem(candles_at({hour(1), hour(24)}, kHour)),
      "row 2: open_time 2024-03-16T00:00:00Z lies outside 2024-03-15T00:00:00Z to 2024-03-16T00:00:00Z, which was "
      "asked");
  EXPECT_EQ(
      problem(candles_at({hour(0) - std::chrono::milliseconds{1}, hour(1)}, kHour)),
      "row 1: open_time 2024-03-14T23:59:59.999Z lies outside 2024-03-15T00:00:00Z to 2024-03-16T00:00:00Z, which "
      "was asked");
  EXPECT_EQ(problem(candles_at({hour(0), hour(24) - std::chrono::milliseconds{1}}, kHour)), "");
}

TEST(Settle, PutsRowsInOrder) {
  const Settled result = settled(candles_at({hour(3), hour(1), hour(2)}, kHour));
  EXPECT_EQ(opens_of(result.candles), (std::vector{hour(1), hour(2), hour(3)}));
  EXPECT_EQ(result.have, (RangeSet{{hour(1), hour(4)}}));
  EXPECT_EQ(result.span, (TimeRange{hour(1), hour(3)}));
  EXPECT_EQ(result.count, 3U);
}

TEST(Settle, DropsAndCountsDuplicates) {
  const Settled result = settled(candles_at({hour(1), hour(1), hour(2), hour(1)}, kHour));
  EXPECT_EQ(opens_of(result.candles), (std::vector{hour(1), hour(2)}));
  EXPECT_EQ(result.duplicates, 2);
  EXPECT_EQ(result.count, 4U);
  EXPECT_TRUE(result.conflicts.empty());
}

TEST(Settle, KeepsTheFirstOfConflictingRows) {
  Candles rows;
  push(rows, hour(2), kHour, 10);
  push(rows, hour(1), kHour, 1);
  push(rows, hour(1), kHour, 2);
  const Settled result = settled(rows);
  ASSERT_EQ(opens_of(result.candles), (std::vector{hour(1), hour(2)}));
  EXPECT_EQ(result.candles.low, (CandleColumn<double>{1, 10}));
  EXPECT_EQ(result.conflicts, (std::vector{hour(1)}));
  EXPECT_EQ(result.duplicates, 0);
}

TEST(Settle, TakesAConflictInOneColumnForOne) {
  Candles rows = candles_at({hour(1), hour(1)}, kHour);
  rows.close_time[1] -= 1;
  EXPECT_EQ(settled(rows).conflicts.size(), 1U);
}

TEST(Settle, DropsWhatHasNotClosedYet) {
  const Candles rows = candles_at({hour(1), hour(2)}, kHour);
  const Timestamp close_time = from_ms(rows.close_time[1]);
  const auto hours_left = [&](Timestamp as_of) { return settled(rows, kHour, kDay, as_of).candles.size(); };
  EXPECT_EQ(hours_left(close_time), 1U);  // closed when close_time < now, not when it is equal
  EXPECT_EQ(hours_left(close_time + Duration{1}), 2U);
  EXPECT_EQ(hours_left(close_time - Duration{1}), 1U);
  EXPECT_EQ(hours_left(close_time - std::chrono::hours{1}), 0U);
}

TEST(Settle, TellsCountAndSpanOfDroppedRowsToo) {
  const Settled result = settled(candles_at({hour(1), hour(2)}, kHour), kHour, kDay, hour(2));
  EXPECT_EQ(result.have, (RangeSet{{hour(1), hour(2)}}));
  EXPECT_EQ(result.count, 2U);
  EXPECT_EQ(result.span, (TimeRange{hour(1), hour(2)}));
}

TEST(Settle, ARowWhoseCloseTimeWasCutIsFinalOnlyWhenItsSlotIsOver) {
  Candles rows = candles_at({hour(1), hour(2)}, kHour);
  rows.close_time[1] = rows.open_time[1];  // cut at a halt, after which trading may go on in the same hour
  EXPECT_EQ(settled(rows, kHour, kDay, hour(2) + Duration{1}).candles.size(), 1U);
  EXPECT_EQ(settled(rows, kHour, kDay, hour(3) - std::chrono::milliseconds{1}).candles.size(), 1U);
  EXPECT_EQ(settled(rows, kHour, kDay, hour(3)).candles.size(), 2U);
}

TEST(Settle, ARowWithinAnHourThatWasCutIsFinalOnlyWhenThatHourIsOver) {
  const Timestamp odd = hour(2) + std::chrono::milliseconds{789};
  Candles rows = candles_at({hour(1), odd}, kHour);
  rows.close_time[1] = to_ms(odd) + 1;
  EXPECT_EQ(settled(rows, kHour, kDay, hour(3) - std::chrono::milliseconds{1}).candles.size(), 1U);
  EXPECT_EQ(settled(rows, kHour, kDay, hour(3)).candles.size(), 2U);
}

TEST(Settle, TellsTheSlotsWhoseRowCameAndHadNotClosed) {
  const Candles rows = candles_at({hour(1), hour(2), hour(3)}, kHour);
  const Settled result = settled(rows, kHour, kDay, hour(3) - std::chrono::milliseconds{1});
  EXPECT_EQ(result.have, (RangeSet{{hour(1), hour(2)}}));
  EXPECT_EQ(result.unfinished, (RangeSet{{hour(2), hour(4)}}));
  EXPECT_TRUE(settled(rows).unfinished.empty());
}

TEST(Settle, TellsRowsOffTheGridAndKeepsThem) {
  const Timestamp odd = hour(2) + std::chrono::milliseconds{789};
  const Settled result = settled(candles_at({hour(1), odd}, kHour));
  EXPECT_EQ(result.off_grid, (std::vector{odd}));
  EXPECT_EQ(result.have, (RangeSet{{hour(1), hour(2)}}));
  EXPECT_EQ(result.candles.size(), 2U);
}

TEST(Settle, HasTheDaysThatAThreeDayCandleCovers) {
  const TimeRange month = range("2024-03-01", "2024-04-01");
  const Settled result = settled(candles_at({at("2024-03-02"), at("2024-03-05"), at("2024-03-10")}, Interval::DAY_3),
                                 Interval::DAY_3, month);
  EXPECT_EQ(result.have, (RangeSet{range("2024-03-02", "2024-03-08"), range("2024-03-10", "2024-03-13")}));
}

TEST(Settle, HasAllDaysOfThreeDayCandlesThatOverlap) {
  const TimeRange month = range("2024-03-01", "2024-04-01");
  const Settled result =
      settled(candles_at({at("2024-03-02"), at("2024-03-03")}, Interval::DAY_3), Interval::DAY_3, month);
  EXPECT_EQ(result.have, RangeSet{range("2024-03-02", "2024-03-06")});
}

TEST(Settle, HasTheWholeMonthOfAMonthsCandle) {
  const TimeRange years = range("2023-01-01", "2025-01-01");
  const Settled result = settled(candles_at({at("2023-12-01"), at("2024-02-01"), at("2024-03-01")}, Interval::MONTH_1),
                                 Interval::MONTH_1, years);
  EXPECT_EQ(result.have, (RangeSet{range("2023-12-01", "2024-01-01"), range("2024-02-01", "2024-04-01")}));
}

TEST(Settle, TakesACandleAtTheEpoch) {
  const TimeRange first_day = range("1970-01-01", "1970-01-02");
  EXPECT_EQ(settled(candles_in(first_day, kHour), kHour, first_day).have, RangeSet{first_day});
}

/// The same, row by row into a map.
struct Naive {
  std::map<std::int64_t, std::size_t> first;  // by open_time: the first row that came
  std::int64_t duplicates = 0;
  std::vector<std::int64_t> conflicts;

  explicit Naive(const Candles& rows) {
    for (std::size_t row = 0; row < rows.size(); ++row) {
      const auto [at, fresh] = first.emplace(rows.open_time[row], row);
      if (fresh) continue;
      if (rows.same_row(at->second, rows, row)) {
        ++duplicates;
      } else {
        conflicts.push_back(rows.open_time[row]);
      }
    }
    std::ranges::sort(conflicts);
  }
};

RC_GTEST_PROP(Settle, EqualsAMapOfFirstRows, ()) {
  constexpr Interval kMinute = Interval::MINUTE_1;
  const Timestamp base = at("2024-03-15");
  const TimeRange allowed{base, base + std::chrono::minutes{10}};
  Candles rows;
  for (int i = *rc::gen::inRange(0, 20); i > 0; --i) {
    Timestamp open = base + std::chrono::minutes{*rc::gen::inRange(0, 10)};
    if (*rc::gen::inRange(0, 5) == 0) open += std::chrono::milliseconds{*rc::gen::inRange(1, 1000)};
    push(rows, open, kMinute, *rc::gen::inRange(1, 3));
    if (*rc::gen::inRange(0, 5) == 0) rows.close_time.back() -= *rc::gen::inRange(0, 60'000);
  }
  const Timestamp as_of = base + Duration{*rc::gen::inRange<std::int64_t>(0, 700'000'000)};
  const Naive naive{rows};
  const Settled result = settled(rows, kMinute, allowed, as_of);

  RC_ASSERT(result.count == rows.size());
  RC_ASSERT(result.duplicates == naive.duplicates);
  std::vector<std::int64_t> conflicts;
  for (const Timestamp t : result.conflicts) conflicts.push_back(to_ms(t));
  RC_ASSERT(conflicts == naive.conflicts);

  const auto minute_end = [&](std::int64_t ms) { return kMinute.next(kMinute.floor(from_ms(ms))); };
  RangeSet have;
  Candles expected;
  std::vector<Timestamp> off_grid;
  for (const auto& [ms, row] : naive.first) {
    if (from_ms(rows.close_time[row]) >= as_of || minute_end(ms) - std::chrono::milliseconds{1} >= as_of) continue;
    expected.push_back(rows, row);
    const Timestamp open = from_ms(ms);
    if (ms % 60'000 == 0) {
      have.add({open, open + std::chrono::minutes{1}});
    } else {
      off_grid.push_back(open);
    }
  }
  RC_ASSERT(same(result.candles, expected));
  RC_ASSERT(result.have == have);
  RC_ASSERT(result.off_grid == off_grid);
}

}  // namespace
}  // namespace klinekeep::sources
