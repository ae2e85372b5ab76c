#include "manager/fill.hpp"

#include <arrow/table.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <map>

#include "core/candle_maker.hpp"
#include "core/times.hpp"
#include "frame/table.hpp"
#include "klinekeep/errors.hpp"
#include "klinekeep/fetch_result.hpp"

namespace klinekeep::manager {
namespace {

using frame::to_candles;

constexpr Interval kHour = Interval::HOUR_1;
const Timestamp kMidnight = at("2024-03-15");

Timestamp hour(int n) { return kMidnight + std::chrono::hours{n}; }
TimeRange hours(int begin, int end) { return {hour(begin), hour(end)}; }

FetchResult answer(Candles rows, std::vector<Gap> gaps, std::vector<MissingRange> missing = {}) {
  FetchResult result;
  result.report.rows = static_cast<std::int64_t>(rows.size());
  result.report.gaps = std::move(gaps);
  result.report.missing = std::move(missing);
  result.table = frame::to_table(std::move(rows));
  return result;
}

/// From the first to the last thing that the answer speaks of.
TimeRange window_of(const FetchResult& result, Interval interval) {
  RangeSet all;
  for (const std::int64_t ms : to_candles(*result.table).open_time) {
    all.add({from_ms(ms), interval.next(interval.floor(from_ms(ms)))});
  }
  for (const Gap& gap : result.report.gaps) all.add(gap.range);
  for (const MissingRange& missing : result.report.missing) all.add(missing.range);
  if (all.empty()) return {};
  return {all.ranges().front().begin, all.ranges().back().end};
}

/// Fed row by row: where a batch ends must not matter.
Candles filled(FetchResult& result, Fill fill, Interval interval = kHour) {
  const RangeSet slots = slots_to_fill(result.report, window_of(result, interval), fill);
  for (const TimeRange& range : slots) result.report.filled += interval.count(range);
  result.report.rows += result.report.filled;
  const Candles rows = to_candles(*result.table);
  Filler filler{slots, fill, interval};
  Candles piecewise;
  const auto append = [&](const Candles& part) { piecewise.append(part, 0, part.size()); };
  for (std::size_t row = 0; row < rows.size(); ++row) {
    Candles one;
    one.push_back(rows, row);
    append(filler.feed(one));
  }
  append(filler.finish());
  Filler whole{slots, fill, interval};
  Candles at_once = whole.feed(rows);
  const Candles rest = whole.finish();
  at_once.append(rest, 0, rest.size());
  EXPECT_TRUE(same(piecewise, at_once));
  EXPECT_EQ(static_cast<std::int64_t>(piecewise.size()), result.report.rows);
  result.table = frame::to_table(piecewise);
  return piecewise;
}

/// A candle from nowhere, value by value.
void push_made(Candles& to, Timestamp open, Timestamp close, double price, double amount) {
  to.open_time.push_back(to_ms(open));
  to.open.push_back(price);
  to.high.push_back(price);
  to.low.push_back(price);
  to.close.push_back(price);
  to.volume.push_back(amount);
  to.close_time.push_back(to_ms(close) - 1);
  to.quote_volume.push_back(amount);
  to.trades.push_back(0);
  to.taker_buy_volume.push_back(amount);
  to.taker_buy_quote_volume.push_back(amount);
}

TEST(Fill, ForwardRepeatsTheCloseBefore) {
  Candles rows;
  push(rows, hour(0), kHour, 10);  // closes at 10.2
  push(rows, hour(3), kHour, 30);
  FetchResult result = answer(rows, {{hours(1, 3), kAbsentInRest}});
  Candles expected;
  push(expected, hour(0), kHour, 10);
  push_made(expected, hour(1), hour(2), 10.2, 0);
  push_made(expected, hour(2), hour(3), 10.2, 0);
  push(expected, hour(3), kHour, 30);
  EXPECT_TRUE(same(filled(result, Fill::ffill), expected));
  EXPECT_EQ(result.report.filled, 2);
  EXPECT_EQ(result.report.rows, 4);
}

TEST(Fill, WithNanHasNoPriceAndNoTrades) {
  FetchResult result = answer(candles_at({hour(0), hour(2)}, kHour), {{hours(1, 2), kAbsentInArchive}});
  Candles expected;
  push(expected, hour(0), kHour);
  push_made(expected, hour(1), hour(2), std::nan(""), std::nan(""));
  push(expected, hour(2), kHour);
  const Candles rows = filled(result, Fill::nan);
  EXPECT_EQ(rows.open_time, expected.open_time);
  EXPECT_EQ(rows.close_time, expected.close_time);
  EXPECT_EQ(rows.trades, expected.trades);
  for (const auto* column : {&rows.open, &rows.high, &rows.low, &rows.close, &rows.volume, &rows.quote_volume,
                             &rows.taker_buy_volume, &rows.taker_buy_quote_volume}) {
    EXPECT_FALSE(std::isnan((*column)[0]));
    EXPECT_TRUE(std::isnan((*column)[1]));
    EXPECT_FALSE(std::isnan((*column)[2]));
  }
}

TEST(Fill, ForwardHasNothingForAGapBeforeTheFirstCandle) {
  FetchResult result =
      answer(candles_at({hour(2)}, kHour), {{hours(0, 2), kAbsentInRest}, {hours(3, 4), kAbsentInRest}});
  EXPECT_EQ(opens_of(filled(result, Fill::ffill)), (std::vector{hour(2), hour(3)}));
  EXPECT_EQ(result.report.filled, 1);
}

TEST(Fill, WithNanTakesALeadingGapToo) {
  FetchResult result = answer(candles_at({hour(2)}, kHour), {{hours(0, 2), kAbsentInRest}});
  EXPECT_EQ(opens_of(filled(result, Fill::nan)), (std::vector{hour(0), hour(1), hour(2)}));
}

TEST(Fill, LeavesOutWhatLiesBeforeTheListing) {
  for (const Fill fill : {Fill::nan, Fill::ffill}) {
    FetchResult result = answer(candles_at({hour(2)}, kHour), {{hours(0, 2), kBeforeListing}});
    EXPECT_EQ(opens_of(filled(result, fill)), (std::vector{hour(2)}));
    EXPECT_EQ(result.report.filled, 0);
  }
}

TEST(Fill, LeavesOutWhatIsMissing) {
  const MissingRange missing{hours(1, 3), Cause::unavailable, "down"};
  for (const Fill fill : {Fill::nan, Fill::ffill}) {
    FetchResult result = answer(candles_at({hour(0), hour(3)}, kHour), {}, {missing});
    EXPECT_EQ(opens_of(filled(result, fill)), (std::vector{hour(0), hour(3)}));
    EXPECT_EQ(result.report.missing.size(), 1U);
  }
}

TEST(Fill, ForwardDoesNotReachOverWhatIsMissing) {
  // The close before the gap is in the missing range, so it is not known.
  const MissingRange missing{hours(1, 2), Cause::unavailable, "down"};
  const std::vector<Gap> gaps{{hours(2, 4), kAbsentInRest}, {hours(4, 5), kAbsent}, {hours(6, 7), kAbsent}};
  FetchResult result = answer(candles_at({hour(0), hour(5)}, kHour), gaps, {missing});
  EXPECT_EQ(opens_of(filled(result, Fill::ffill)), (std::vector{hour(0), hour(5), hour(6)}));
  EXPECT_EQ(result.report.filled, 1);
  FetchResult again = answer(candles_at({hour(0), hour(5)}, kHour), gaps, {missing});
  EXPECT_EQ(filled(again, Fill::nan).size(), 6U);  // needs no price
}

TEST(Fill, ForwardGoesOnFromAGapToTheNext) {
  const MissingRange missing{hours(5, 6), Cause::unavailable, "down"};  // after them
  FetchResult result =
      answer(candles_at({hour(0)}, kHour), {{hours(1, 3), kAbsentInRest}, {hours(3, 5), kAbsent}}, {missing});
  EXPECT_EQ(opens_of(filled(result, Fill::ffill)), (std::vector{hour(0), hour(1), hour(2), hour(3), hour(4)}));
}

TEST(Fill, MakesNoCandleOfWhatMayStillCome) {
  for (const Fill fill : {Fill::nan, Fill::ffill}) {
    FetchResult result = answer(candles_at({hour(0), hour(3)}, kHour),
                                {{hours(1, 2), kAbsentInRest}, {hours(2, 3), kNotYet}, {hours(4, 6), kNotYet}});
    EXPECT_EQ(opens_of(filled(result, fill)), (std::vector{hour(0), hour(1), hour(3)}));
    EXPECT_EQ(result.report.filled, 1);
  }
}

TEST(Fill, ClosesAMonthAtItsEnd) {
  constexpr Interval kMonth = Interval::MONTH_1;
  FetchResult result =
      answer(candles_at({at("2024-01-01")}, kMonth), {{range("2024-02-01", "2024-04-01"), kAbsentInArchive}});
  const Candles rows = filled(result, Fill::ffill, kMonth);
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows.close_time[1], to_ms(at("2024-03-01")) - 1);
  EXPECT_EQ(rows.close_time[2], to_ms(at("2024-04-01")) - 1);
}

TEST(Fill, OpensWeeksOnMondays) {
  constexpr Interval kWeek = Interval::WEEK_1;
  FetchResult result =
      answer(candles_at({at("2024-01-01")}, kWeek), {{range("2024-01-08", "2024-01-22"), kAbsentInRest}});
  const Candles rows = filled(result, Fill::nan, kWeek);
  EXPECT_EQ(opens_of(rows), (std::vector{at("2024-01-01"), at("2024-01-08"), at("2024-01-15")}));
  EXPECT_EQ(rows.close_time[2], to_ms(at("2024-01-22")) - 1);
}

TEST(Fill, OfAnEmptyAnswerIsAllGapOrNothing) {
  FetchResult forward = answer({}, {{hours(0, 2), kAbsentInRest}});
  EXPECT_EQ(filled(forward, Fill::ffill).size(), 0U);
  FetchResult nan = answer({}, {{hours(0, 2), kAbsentInRest}});
  EXPECT_EQ(filled(nan, Fill::nan).size(), 2U);
}

TEST(Fill, RefusesThreeDays) {
  for (const Interval interval : kIntervals) {
    EXPECT_NO_THROW(check_fill(Fill::none, interval));
    if (interval == Interval::DAY_3) continue;
    EXPECT_NO_THROW(check_fill(Fill::nan, interval));
    EXPECT_NO_THROW(check_fill(Fill::ffill, interval));
  }
  EXPECT_THROW(check_fill(Fill::nan, Interval::DAY_3), InvalidRequest);
  EXPECT_THROW(check_fill(Fill::ffill, Interval::DAY_3), InvalidRequest);
}

RC_GTEST_PROP(Fill, AddsExactlyTheSlotsOfTheGaps, ()) {
  // Each hour is a candle, a gap, before the listing, or missing.
  constexpr int kHours = 16;
  Candles rows;
  std::vector<Gap> gaps;
  std::vector<MissingRange> missing;
  std::vector<Timestamp> expected_nan;
  std::vector<Timestamp> expected_ffill;
  std::map<Timestamp, double> prices;
  const int listed = *rc::gen::inRange(0, 4);
  if (listed > 0) gaps.push_back({hours(0, listed), kBeforeListing});
  bool known = false;  // the close before
  double close = 0;
  for (int h = listed; h < kHours; ++h) {
    switch (*rc::gen::inRange(0, 4)) {
      case 0:
        gaps.push_back({hours(h, h + 1), kAbsentInRest});
        expected_nan.push_back(hour(h));
        if (known) expected_ffill.push_back(hour(h));
        if (known) prices[hour(h)] = close;
        break;
      case 1:
        missing.push_back({hours(h, h + 1), Cause::offline, ""});
        known = false;
        break;
      default:
        push(rows, hour(h), kHour, h);
        known = true;
        close = rows.close.back();
        expected_nan.push_back(hour(h));
        expected_ffill.push_back(hour(h));
        prices[hour(h)] = close;
        break;
    }
  }
  FetchResult nan = answer(rows, gaps, missing);
  RC_ASSERT(opens_of(filled(nan, Fill::nan)) == expected_nan);
  FetchResult forward = answer(rows, gaps, missing);
  const Candles result = filled(forward, Fill::ffill);
  RC_ASSERT(opens_of(result) == expected_ffill);
  for (std::size_t row = 0; row < result.size(); ++row) {
    RC_ASSERT(result.close[row] == prices.at(from_ms(result.open_time[row])));
  }
  RC_ASSERT(forward.report.filled == static_cast<std::int64_t>(result.size() - rows.size()));
}

}  // namespace
}  // namespace klinekeep::manager
