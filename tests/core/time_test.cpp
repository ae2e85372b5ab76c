#include "klinekeep/time.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/times.hpp"
#include "klinekeep/clock.hpp"

namespace klinekeep {
namespace {

TEST(FormatIso, ShowsAFractionOnlyWhereThereIsOne) {
  EXPECT_EQ(format_iso(from_ms(1'710'506'096'000)), "2024-03-15T12:34:56Z");
  EXPECT_EQ(format_iso(from_ms(1'710'506'096'500)), "2024-03-15T12:34:56.500Z");
  EXPECT_EQ(format_iso(from_ms(1'710'506'096'001)), "2024-03-15T12:34:56.001Z");
  EXPECT_EQ(format_iso(from_ms(1'710'506'096'000) + Duration{1}), "2024-03-15T12:34:56.000001Z");
  EXPECT_EQ(format_iso(from_ms(1'710'506'096'123) + Duration{400}), "2024-03-15T12:34:56.123400Z");
}

TEST(FormatIso, GoesBackBeforeTheEpoch) {
  EXPECT_EQ(format_iso(Timestamp{}), "1970-01-01T00:00:00Z");
  EXPECT_EQ(format_iso(Timestamp{Duration{-1}}), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(format_iso(from_ms(-1)), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(format_iso(kBeginOfTime), "0000-01-01T00:00:00Z");
  EXPECT_EQ(format_iso(kEndOfTime), "9999-12-31T00:00:00Z");
}

TEST(FormatIso, KnowsLeapDays) {
  EXPECT_EQ(format_iso(at("2024-02-29T23:59:59") + std::chrono::seconds{1}), "2024-03-01T00:00:00Z");
  EXPECT_EQ(format_iso(at("2023-02-28T23:59:59") + std::chrono::seconds{1}), "2023-03-01T00:00:00Z");
}

RC_GTEST_PROP(FormatIso, CanBeReadBack, ()) {
  const Timestamp t{Duration{*rc::gen::inRange<std::int64_t>(-2'000'000'000'000'000, 4'000'000'000'000'000)}};
  RC_ASSERT(at(format_iso(t)) == t);
}

TEST(ToMs, RoundsDown) {
  EXPECT_EQ(to_ms(Timestamp{Duration{1999}}), 1);
  EXPECT_EQ(to_ms(Timestamp{Duration{-1}}), -1);
  EXPECT_EQ(to_ms(Timestamp{Duration{-1000}}), -1);
  EXPECT_EQ(to_ms(Timestamp{Duration{-1001}}), -2);
}

RC_GTEST_PROP(ToMs, IsTheInverseOfFromMs, ()) {
  const auto ms = *rc::gen::inRange<std::int64_t>(-10'000'000'000'000, 10'000'000'000'000);
  RC_ASSERT(to_ms(from_ms(ms)) == ms);
}

TEST(SystemNow, IsOfThisCentury) {
  EXPECT_GT(system_now(), at("2024-01-01"));
  EXPECT_LT(system_now(), at("2200-01-01"));
}

}  // namespace
}  // namespace klinekeep
