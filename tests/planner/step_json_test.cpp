#include "planner/step_json.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

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
  EXPECT_EQ(describe(step_of(ArchiveFile{daily, at("2024-03-15")})), "daily file 2024-03-15");
  EXPECT_EQ(describe(step_of(ArchiveFile{monthly, at("2024-03-01")})), "monthly file 2024-03");
  EXPECT_EQ(describe(step_of(ArchiveFile{monthly, at("2024-03-01"), true})), "monthly file 2024-03, unverified");
  EXPECT_EQ(describe(step_of(RestPage{hour, 60, 60})),
            "REST page 2024-03-15T00:00:00Z to 2024-03-15T01:00:00Z (60 candles)");
  EXPECT_EQ(describe(step_of(RestPage{hour, 1, 1})),
            "REST page 2024-03-15T00:00:00Z to 2024-03-15T01:00:00Z (1 candle)");
  EXPECT_EQ(describe(step_of(RestPage{hour, 60, 60, true})),
            "REST page 2024-03-15T00:00:00Z to 2024-03-15T01:00:00Z (60 candles), again");
  EXPECT_EQ(describe(step_of(FirstCandle{})), "first candle");
  EXPECT_EQ(describe(step_of(NextCandle{hour})), "next candle from 2024-03-15T00:00:00Z");
  EXPECT_EQ(describe(step_of(List{daily, at("2024-03-14")})), "listing of daily files after 2024-03-14");
  EXPECT_EQ(describe(step_of(List{monthly, std::nullopt})), "listing of monthly files");
}

TEST(StepJson, IsThisObject) {
  EXPECT_EQ(
      to_json(kSeries, step_of(ArchiveFile{Granularity::daily, at("2024-03-15")})),
      R"({"kind":"archive_file","upstream":"binance","market":"spot","series_kind":"klines","symbol":"BTCUSDT","interval":"1m","granularity":"daily",)"
      R"("period":"2024-03-15","accept_unverified":false,"listed_as_of":null,)"
      R"("range":{"from":"2024-03-15T00:00:00Z","to":"2024-03-16T00:00:00Z"},)"
      R"("requests":2,"bytes":64800,"reason":"why"})");
}

TEST(StepJson, OfAFileSaysWhenTheListingHasItMade) {
  Step step = step_of(ArchiveFile{Granularity::daily, at("2024-03-15")});
  step.listed_as_of = at("2024-03-16T02:10");
  const std::string json = to_json(kSeries, step);
  EXPECT_NE(json.find(R"("listed_as_of":"2024-03-16T02:10:00Z")"), std::string::npos) << json;
  EXPECT_EQ(parse_step(json), (SeriesStep{kSeries, step}));
}

TEST(StepJson, OfAQuestionHasItsWindowAndOfAPageWhetherItIsAskedAgain) {
  const TimeRange hour = range("2024-03-15", "2024-03-15T01:00");
  const std::string next = to_json(kSeries, step_of(NextCandle{hour}));
  EXPECT_NE(next.find(R"({"kind":"next_candle",)"), std::string::npos) << next;
  EXPECT_NE(next.find(R"("window":{"from":"2024-03-15T00:00:00Z","to":"2024-03-15T01:00:00Z"})"), std::string::npos);
  const std::string page = to_json(kSeries, step_of(RestPage{hour, 60, 60, true}));
  EXPECT_NE(page.find(R"("again":true)"), std::string::npos) << page;
}

Timestamp any_time() {
  return kBeginOfTime + Duration{*rc::gen::inRange<std::int64_t>(0, (kEndOfTime - kBeginOfTime).count())};
}

TimeRange any_range() {
  const Timestamp a = any_time();
  const Timestamp b = any_time();
  return {std::min(a, b), std::max(a, b) + Duration{1}};
}

Action any_action(Interval interval) {
  const auto g =
      interval < Interval::DAY_3 ? *rc::gen::element(Granularity::daily, Granularity::monthly) : Granularity::monthly;
  const Timestamp period = Interval{g == Granularity::daily ? Interval::DAY_1 : Interval::MONTH_1}.floor(any_time());
  switch (*rc::gen::inRange(0, 6)) {
    case 0:
      return ArchiveFile{g, period, *rc::gen::arbitrary<bool>()};
    case 1:
      return RestPage{any_range(), *rc::gen::inRange(1, 1500), *rc::gen::inRange(0, 1500), *rc::gen::arbitrary<bool>()};
    case 4:
      return NextCandle{any_range()};
    case 2:
      return FirstCandle{};
    case 3:
      return List{g, std::nullopt};
    default:
      return List{g, period};
  }
}

SeriesStep any_step() {
  const Interval interval = kIntervals[*rc::gen::inRange<std::size_t>(1, kIntervals.size())];
  const auto market = kMarkets[*rc::gen::inRange<std::size_t>(0, kMarkets.size())];
  Step step{.action = any_action(interval),
            .range = any_range(),
            .requests = *rc::gen::inRange(0, 100),
            .bytes = *rc::gen::inRange<std::int64_t>(0, 1'000'000'000'000),
            .reason = *rc::gen::element<std::string>("", "it \"says\" why: \\ — é\n", "plain")};
  const bool is_file = std::holds_alternative<ArchiveFile>(step.action);
  if (is_file && *rc::gen::arbitrary<bool>()) step.listed_as_of = any_time();
  return {{market, Symbol{*rc::gen::element<std::string>("BTCUSDT", "币安人生USDT", "BTCUSD_PERP")}, interval,
           *rc::gen::element(Kind::klines, Kind::mark_price_klines),
           Upstream{*rc::gen::element<std::string>("binance", "us", "127.0.0.1_80")}},
          step};
}

RC_GTEST_PROP(StepJson, ComesBackAsItWas, ()) {
  const SeriesStep step = any_step();
  const auto back = parse_step(to_json(step.series, step.step));
  RC_ASSERT(back.has_value());
  RC_ASSERT(*back == step);
}

RC_GTEST_PROP(StepJson, OfRubbishIsNone, ()) {
  const SeriesStep step = any_step();
  std::string json = to_json(step.series, step.step);
  for (int i = *rc::gen::inRange(1, 4); i > 0; --i) {
    const auto at_byte = *rc::gen::inRange<std::size_t>(0, json.size());
    switch (*rc::gen::inRange(0, 3)) {
      case 0:
        json[at_byte] = *rc::gen::arbitrary<char>();
        break;
      case 1:
        json.erase(at_byte, *rc::gen::inRange<std::size_t>(1, 9));
        break;
      default:
        json.insert(at_byte, 1, *rc::gen::arbitrary<char>());
    }
    if (json.empty()) break;
  }
  // Whatever is taken is a step: it has a spelling, and that is taken for the same.
  if (const auto taken = parse_step(json)) RC_ASSERT(parse_step(to_json(taken->series, taken->step)) == taken);
}

struct BadRow {
  const char* what;
  const char* from;
  const char* to;
};

class BadStep : public testing::TestWithParam<BadRow> {};

TEST_P(BadStep, IsNone) {
  std::string json = to_json(kSeries, step_of(ArchiveFile{Granularity::daily, at("2024-03-15")}));
  ASSERT_TRUE(parse_step(json));
  const auto found = json.find(GetParam().from);
  ASSERT_NE(found, std::string::npos);
  json.replace(found, std::string_view{GetParam().from}.size(), GetParam().to);
  EXPECT_FALSE(parse_step(json)) << json;
}

INSTANTIATE_TEST_SUITE_P(
    Fields, BadStep,
    testing::Values(BadRow{"kind", "archive_file", "file"}, BadRow{"no kind", "kind", "sort"},
                    BadRow{"market", "spot", "margin"}, BadRow{"symbol", "BTCUSDT", "../x"},
                    BadRow{"interval", "\"1m\"", "\"7m\""}, BadRow{"no daily files", "\"1m\"", "\"3d\""},
                    BadRow{"granularity", "daily", "hourly"}, BadRow{"granularity of period", "daily", "monthly"},
                    BadRow{"day", "2024-03-15\"", "2024-03-32\""}, BadRow{"not a date", "2024-03-15\"", "2024-03\""},
                    BadRow{"range", "\"to\":\"2024", "\"to\":\"2023"}, BadRow{"time", "T00:00:00Z", "T24:00:00Z"},
                    BadRow{"zone", "00Z", "00+"}, BadRow{"requests", ":2,", ":-2,"}, BadRow{"real", ":2,", ":2.5,"},
                    BadRow{"too many", ":2,", ":99999999999,"}, BadRow{"bytes", "64800", "\"64800\""},
                    BadRow{"huge", "64800", "18446744073709551615"}, BadRow{"reason", "\"why\"", "7"},
                    BadRow{"flag", "false", "0"}, BadRow{"no listed_as_of", "listed_as_of", "listed"},
                    BadRow{"listed_as_of", "null", "\"2024-03\""}));

TEST(StepJson, OfNoObjectIsNone) {
  for (const char* json : {"", "null", "[]", "7", "\"x\"", "{", "{}", "\xff", "[[[[[["}) {
    EXPECT_FALSE(parse_step(json)) << json;
  }
  EXPECT_FALSE(parse_step(std::string(100'000, '[')));
}

TEST(StepJson, OneSecondIsForSpotOnly) {
  const Series seconds{MarketType::SPOT, Symbol{"BTCUSDT"}, Interval::SECOND_1};
  std::string json = to_json(seconds, step_of(FirstCandle{}));
  EXPECT_TRUE(parse_step(json));
  json.replace(json.find("spot"), 4, "um");
  EXPECT_FALSE(parse_step(json));
}

}  // namespace
}  // namespace klinekeep::planner
