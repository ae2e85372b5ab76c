#include "planner/step_json.hpp"

#include <gtest/gtest.h>

#include "planner/support.hpp"

namespace klinekeep::planner {
namespace {

const Series kSeries{MarketType::SPOT, Symbol{"BTCUSDT"}, Interval::MINUTE_1};

Step step_of(Action action) {
  return {.action = std::move(action),
          .range = range("2024-03-15", "2024-03-16"),
          .requests = 2,
          .bytes = 64'800,
          .reason = "why"};
}

TEST(Describe, NamesAStepForPeople) {
  using enum Granularity;
  const TimeRange hour = range("2024-03-15", "2024-03-15T01:00");
  EXPECT_EQ(describe(step_of(ArchiveFile{daily, at("2024-03-15")}), Interval::MINUTE_1), "daily file 2024-03-15");
  EXPECT_EQ(describe(step_of(ArchiveFile{monthly, at("2024-03-01")}), Interval::MINUTE_1), "monthly file 2024-03");
  EXPECT_EQ(describe(step_of(ArchiveFile{monthly, at("2024-03-01"), true}), Interval::MINUTE_1),
            "monthly file 2024-03, unverified");
  EXPECT_EQ(describe(step_of(RestPage{hour, 60, 60}), Interval::MINUTE_1),
            "REST page 2024-03-15T00:00:00Z to 2024-03-15T00:59:00Z (60 candles)");
  EXPECT_EQ(describe(step_of(RestPage{hour, 1, 1}), Interval::MINUTE_1),
            "REST page 2024-03-15T00:00:00Z to 2024-03-15T00:59:00Z (1 candle)");
  EXPECT_EQ(describe(step_of(RestPage{hour, 60, 60, true}), Interval::MINUTE_1),
            "REST page 2024-03-15T00:00:00Z to 2024-03-15T00:59:00Z (60 candles), again");
  EXPECT_EQ(describe(step_of(FirstCandle{}), Interval::MINUTE_1), "first candle");
  EXPECT_EQ(describe(step_of(NextCandle{hour}), Interval::MINUTE_1), "next candle from 2024-03-15T00:00:00Z");
  EXPECT_EQ(describe(step_of(List{daily, at("2024-03-14")}), Interval::MINUTE_1),
            "listing of daily files after 2024-03-14");
  EXPECT_EQ(describe(step_of(List{monthly, std::nullopt}), Interval::MINUTE_1), "listing of monthly files");
}

TEST(StepJson, IsThisObject) {
  EXPECT_EQ(
      to_json(kSeries, step_of(ArchiveFile{Granularity::daily, at("2024-03-15")})),
      R"({"kind":"archive_file","upstream":"binance","market":"spot","series_kind":"klines","symbol":"BTCUSDT","interval":"1m","granularity":"daily",)"
      R"("period":"2024-03-15","accept_unverified":false,"listed_as_of":null,)"
      R"("range":{"from":"2024-03-15T00:00:00Z","to":"2024-03-15T23:59:00Z"},)"
      R"("requests":2,"bytes":64800,"reason":"why"})");
}

TEST(StepJson, OfAFileSaysWhenTheListingHasItMade) {
  Step step = step_of(ArchiveFile{Granularity::daily, at("2024-03-15")});
  step.listed_as_of = at("2024-03-16T02:10");
  const std::string json = to_json(kSeries, step);
  EXPECT_NE(json.find(R"("listed_as_of":"2024-03-16T02:10:00Z")"), std::string::npos) << json;
}

TEST(StepJson, OfAQuestionHasItsWindowAndOfAPageWhetherItIsAskedAgain) {
  const TimeRange hour = range("2024-03-15", "2024-03-15T01:00");
  const std::string next = to_json(kSeries, step_of(NextCandle{hour}));
  EXPECT_NE(next.find(R"({"kind":"next_candle",)"), std::string::npos) << next;
  EXPECT_NE(next.find(R"("window":{"from":"2024-03-15T00:00:00Z","to":"2024-03-15T00:59:00Z"})"), std::string::npos);
  const std::string page = to_json(kSeries, step_of(RestPage{hour, 60, 60, true}));
  EXPECT_NE(page.find(R"("again":true)"), std::string::npos) << page;
}

TEST(StepJson, IsJsonWhateverItsReasonSays) {
  Step step = step_of(FirstCandle{});
  step.reason = "it \"says\" why: \\ — é\n\xff";
  const std::string json = to_json(kSeries, step);
  EXPECT_NE(json.find(R"("reason":"it \"says\" why: \\ — é\n)"), std::string::npos) << json;
}

}  // namespace
}  // namespace klinekeep::planner
