#include "klinekeep/errors.hpp"

#include <gtest/gtest.h>

#include <type_traits>

#include "core/times.hpp"

namespace klinekeep {
namespace {

const Asked kAsked{MarketType::SPOT, Symbol{"BTCUSDT"}, Interval::MINUTE_1, {at("2024-01-01"), at("2024-01-02")}};

MissingRange missing(const std::string& begin, const std::string& end, Cause cause, std::string detail) {
  return {range(begin, end), cause, std::move(detail)};
}

/// Calls throw_incomplete and checks what comes to be exactly an E with that exit code; gives its message.
template <class E>
std::string thrown(const std::vector<MissingRange>& list, int exit_code, const Asked& asked = kAsked) {
  try {
    throw_incomplete(asked, list, HttpFailure{.url = "https://x", .status = 503, .retry_after = {}});
  } catch (const IncompleteData& error) {
    EXPECT_EQ(typeid(error), typeid(E));
    EXPECT_EQ(error.exit_code(), exit_code);
    EXPECT_EQ(error.missing().size(), list.size());
    EXPECT_TRUE(error.asked() && error.asked()->symbol == asked.symbol);
    EXPECT_TRUE(error.failure() && error.failure()->status == 503);
    return error.what();
  }
}

TEST(ThrowIncomplete, NamesFirstAndLastMissingOpenTime) {
  EXPECT_EQ(thrown<IncompleteData>(
                {missing("2024-01-01T00:10:00", "2024-01-01T00:20:00", Cause::not_published, "no file")}, 3),
            "BTCUSDT 1m spot: missing 2024-01-01T00:10:00Z to 2024-01-01T00:19:00Z (no file)");
}

TEST(ThrowIncomplete, NamesASingleCandleOnce) {
  EXPECT_EQ(thrown<IncompleteData>(
                {missing("2024-01-01T00:10:00", "2024-01-01T00:11:00", Cause::not_published, "no file")}, 3),
            "BTCUSDT 1m spot: missing 2024-01-01T00:10:00Z (no file)");
}

TEST(ThrowIncomplete, NamesMonthsByTheCalendar) {
  const Asked asked{MarketType::FUTURES_COIN, Symbol{"BTCUSD_PERP"}, Interval::MONTH_1,
                    range("2024-01-01", "2025-01-01")};
  EXPECT_EQ(thrown<IncompleteData>({missing("2024-01-01", "2024-03-01", Cause::not_published, "no file")}, 3, asked),
            "BTCUSD_PERP 1M cm: missing 2024-01-01T00:00:00Z to 2024-02-01T00:00:00Z (no file)");
}

TEST(ThrowIncomplete, NamesTheFirstFiveRanges) {
  std::vector<MissingRange> list;
  for (int day = 1; day <= 5; ++day) {
    const std::string date = "2024-01-0" + std::to_string(day);
    list.push_back(missing(date, date + "T00:01:00", Cause::not_published, "gone"));
  }
  const std::string five =
      "BTCUSDT 1m spot: missing 2024-01-01T00:00:00Z (gone); 2024-01-02T00:00:00Z (gone); 2024-01-03T00:00:00Z (gone); "
      "2024-01-04T00:00:00Z (gone); 2024-01-05T00:00:00Z (gone)";
  EXPECT_EQ(thrown<IncompleteData>(list, 3), five);
  list.push_back(missing("2024-01-06", "2024-01-06T00:01:00", Cause::not_published, "gone"));
  list.push_back(missing("2024-01-07", "2024-01-07T00:01:00", Cause::not_published, "gone"));
  EXPECT_EQ(thrown<IncompleteData>(list, 3), five + "; and 2 more ranges");
}

TEST(ThrowIncomplete, HasASubclassAndAnExitCodeForEachSoleCause) {
  const auto one = [](Cause cause) {
    return std::vector{missing("2024-01-01", "2024-01-02", cause, "x"),
                       missing("2024-01-03", "2024-01-04", cause, "y")};
  };
  thrown<IncompleteData>(one(Cause::not_published), 3);
  thrown<IntegrityError>(one(Cause::integrity), 4);
  thrown<RateLimited>(one(Cause::rate_limited), 5);
  thrown<OfflineMiss>(one(Cause::offline), 6);
  thrown<SourceUnavailable>(one(Cause::unavailable), 8);
}

TEST(ThrowIncomplete, IsPlainWhenCausesAreMixed) {
  thrown<IncompleteData>({missing("2024-01-01", "2024-01-02", Cause::integrity, "x"),
                          missing("2024-01-03", "2024-01-04", Cause::integrity, "x"),
                          missing("2024-01-05", "2024-01-06", Cause::rate_limited, "y")},
                         3);
}

TEST(ThrowUnanswered, ThrowsTheErrorOfTheCause) {
  const auto thrown_for = [](Cause cause) {
    try {
      throw_unanswered(cause, "no list",
                       HttpFailure{.url = "u", .status = 418, .retry_after = std::chrono::seconds{9}});
    } catch (const IncompleteData& error) {
      EXPECT_STREQ(error.what(), "no list");
      EXPECT_FALSE(error.asked());
      EXPECT_TRUE(error.missing().empty());
      EXPECT_EQ(error.failure()->retry_after, std::chrono::seconds{9});
      return error.exit_code();
    }
  };
  EXPECT_EQ(thrown_for(Cause::not_published), 3);
  EXPECT_EQ(thrown_for(Cause::integrity), 4);
  EXPECT_EQ(thrown_for(Cause::rate_limited), 5);
  EXPECT_EQ(thrown_for(Cause::offline), 6);
  EXPECT_EQ(thrown_for(Cause::unavailable), 8);
}

TEST(Errors, OwnTheirExitCodes) {
  EXPECT_EQ(InvalidRequest{"x"}.exit_code(), 2);
  EXPECT_EQ((UnknownSymbol{"x", kAsked}.exit_code()), 7);
  EXPECT_EQ(CacheError{"x"}.exit_code(), 9);
  EXPECT_EQ(Cancelled{}.exit_code(), 130);
  EXPECT_STREQ(Cancelled{}.what(), "interrupted");
  EXPECT_EQ((UnknownSymbol{"x", kAsked}.asked().symbol), Symbol{"BTCUSDT"});
}

TEST(Errors, AreCopyableValues) {
  static_assert(std::is_copy_constructible_v<IncompleteData> && std::is_copy_assignable_v<IncompleteData>);
  static_assert(std::is_copy_constructible_v<UnknownSymbol>);
  static_assert(std::is_base_of_v<IncompleteData, OfflineMiss> && std::is_base_of_v<IncompleteData, IntegrityError>);
  static_assert(std::is_base_of_v<std::runtime_error, Error>);
}

TEST(Cause, HasAName) {
  EXPECT_EQ(name(Cause::not_published), "not_published");
  EXPECT_EQ(name(Cause::integrity), "integrity");
  EXPECT_EQ(name(Cause::rate_limited), "rate_limited");
  EXPECT_EQ(name(Cause::offline), "offline");
  EXPECT_EQ(name(Cause::unavailable), "unavailable");
}

}  // namespace
}  // namespace klinekeep
