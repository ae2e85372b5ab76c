#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "planner/support.hpp"

namespace klinekeep::planner {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

TEST(ClosedPart, EndsWithTheLastCandleWhoseCloseTimeIsBeforeNow) {
  const TimeRange slots = range("2024-03-15", "2024-03-16");
  const auto end = [&](Interval interval, Timestamp now) { return closed_part(slots, interval, now).end; };
  EXPECT_EQ(end(Interval::HOUR_1, at("2024-03-15T10:30")), at("2024-03-15T10:00"));
  EXPECT_EQ(end(Interval::HOUR_1, at("2024-03-15T10:00")), at("2024-03-15T10:00"));
  EXPECT_EQ(end(Interval::HOUR_1, at("2024-03-15T10:00") - std::chrono::milliseconds{1}), at("2024-03-15T09:00"));
  EXPECT_EQ(end(Interval::HOUR_1, at("2024-03-14")), slots.begin);
  EXPECT_EQ(end(Interval::HOUR_1, at("2025-01-01")), slots.end);
  EXPECT_EQ(closed_part(range("2024-03-01", "2024-03-20"), Interval::DAY_3, at("2024-03-10")).end, at("2024-03-08"));
  EXPECT_EQ(closed_part(range("2024-01-01", "2024-05-01"), Interval::MONTH_1, at("2024-03-15")).end, at("2024-03-01"));
}

TEST(ClosedPart, BearsTheEndsOfTime) {
  const TimeRange slots = range("2024-03-15", "2024-03-16");
  for (const Interval interval : kIntervals) {
    EXPECT_EQ(closed_part(slots, interval, kEndOfTime), slots) << interval.name();
    EXPECT_TRUE(closed_part(slots, interval, kBeginOfTime + std::chrono::days{100}).empty()) << interval.name();
  }
}

struct CauseRow {
  const char* rule;
  std::optional<FileState::Kind> daily;
  std::optional<FileState::Kind> monthly;
  Cause cause;
};

class MissingCause : public testing::TestWithParam<CauseRow> {};

TEST_P(MissingCause, IsTheGravestThatIsKnown) {
  const auto r = wanted(MarketType::SPOT, Interval::MINUTE_1, "2024-03-04", "2024-03-05");
  Ledger ledger;
  const auto set = [&](Granularity g, std::string_view period, std::optional<FileState::Kind> kind) {
    if (kind) ledger.of(g).asked[at(period)] = {.kind = *kind, .cause = Cause::unavailable, .detail = "told"};
  };
  set(Granularity::daily, "2024-03-04", GetParam().daily);
  set(Granularity::monthly, "2024-03-01", GetParam().monthly);
  const auto list = missing(r, kVision, ledger, kLongAfter);
  ASSERT_THAT(list, SizeIs(1));
  EXPECT_EQ(list[0].cause, GetParam().cause) << GetParam().rule;
  EXPECT_EQ(list[0].range, r.slots);
}

using enum FileState::Kind;
INSTANTIATE_TEST_SUITE_P(Rules, MissingCause,
                         testing::Values(CauseRow{"absent both", absent, absent, Cause::not_published},
                                         CauseRow{"not asked", std::nullopt, std::nullopt, Cause::not_published},
                                         CauseRow{"distrusted day", unverified, absent, Cause::integrity},
                                         CauseRow{"malformed month", absent, malformed, Cause::integrity},
                                         CauseRow{"failed day", failed, malformed, Cause::unavailable}));

TEST(Missing, NeighboursWithOneCauseAreOneRange) {
  const auto r = wanted(MarketType::SPOT, Interval::MINUTE_1, "2024-03-04", "2024-03-20");
  EXPECT_THAT(missing(r, kVision, {}, kLongAfter), SizeIs(1));
}

TEST(Missing, WhatHasNotClosedIsNotMissing) {
  const auto r = wanted(MarketType::SPOT, Interval::DAY_1, "2024-03-04", "2024-03-05");
  EXPECT_THAT(missing(r, kRest, {}, at("2024-03-04T18:00")), IsEmpty());
  EXPECT_THAT(missing(r, kVision, {}, at("2024-03-04T18:00")), IsEmpty());
}

}  // namespace
}  // namespace klinekeep::planner
