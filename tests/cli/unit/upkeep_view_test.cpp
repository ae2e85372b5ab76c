#include "views/upkeep_view.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cache_entries.hpp"
#include "views/report_json.hpp"

namespace klinekeep::cli {
namespace {

using namespace std::chrono;

constexpr Timestamp kMarch = sys_days{2024y / March / 1};

CacheFinding finding(std::string what, std::string path) {
  return {.market = MarketType::SPOT,
          .symbol = "BTCUSDT",
          .interval = Interval::MONTH_1,
          .month = 2024y / March,
          .path = std::move(path),
          .what = std::move(what)};
}

TEST(UpkeepView, TellsEachFindingInOneLine) {
  EXPECT_EQ(finding_line(finding("the file is shorter than it says", "/c/202403.arrow")),
            "spot BTCUSDT 1M 2024-03: the file is shorter than it says (/c/202403.arrow)\n");
  EXPECT_EQ(finding_line(finding("bad\nthing", "/\x1b[31m")), "spot BTCUSDT 1M 2024-03: bad?thing (/?[31m)\n");
  EXPECT_EQ(findings_json({}), "[]\n");
  const auto json = nlohmann::json::parse(findings_json({finding("bad", "/\xff")}));
  EXPECT_EQ(json[0]["month"], "2024-03");
  EXPECT_EQ(json[0]["what"], "bad");
}

TEST(UpkeepView, TellsHowEachRepairEnded) {
  RepairOutcome outcome{MarketType::FUTURES_USDT, "ETHUSDT", Interval::HOUR_1, 2024y / March, true, ""};
  EXPECT_EQ(repair_line(outcome), "um ETHUSDT 1h 2024-03: sound now\n");
  EXPECT_TRUE(nlohmann::json::parse(repairs_json({outcome}))[0]["why"].is_null());
  outcome.was = "the sum of its metadata is wrong";
  EXPECT_EQ(repair_line(outcome), "um ETHUSDT 1h 2024-03: sound now; before: the sum of its metadata is wrong\n");
  EXPECT_EQ(nlohmann::json::parse(repairs_json({outcome}))[0]["was"], "the sum of its metadata is wrong");
  outcome.was.clear();
  outcome.sound = false;
  outcome.why = "nobody answers";
  EXPECT_EQ(repair_line(outcome), "um ETHUSDT 1h 2024-03: not repaired: nobody answers\n");
  EXPECT_EQ(nlohmann::json::parse(repairs_json({outcome}))[0]["why"], "nobody answers");
}

RefreshOutcome refreshed() {
  RefreshResult result;
  result.partitions = 1;
  result.requests = 5;
  result.bytes = 123'456;
  result.rows_added = 1;
  result.changed = {kMarch, kMarch + minutes{1}, kMarch + minutes{5}};
  result.failed = {{{kMarch + hours{1}, kMarch + hours{2}}, Cause::unavailable, "GET … timed out"}};
  return {MarketType::SPOT, "BTCUSDT", Interval::MINUTE_1, result, 8, ""};
}

TEST(UpkeepView, TellsWhatARefreshChanged) {
  EXPECT_EQ(refresh_lines(refreshed()),
            "spot BTCUSDT 1m: 1 partition looked at, 1 candle added, 3 changed, 5 requests, 123.5 kB\n"
            "  changed 2024-03-01T00:00:00Z to 2024-03-01T00:01:00Z\n"
            "  changed 2024-03-01T00:05:00Z\n"
            "  failed 2024-03-01T01:00:00Z to 2024-03-01T01:59:00Z: GET … timed out\n");
  RefreshOutcome refused = refreshed();
  refused.error = "unknown symbol";
  EXPECT_EQ(refresh_lines(refused), "spot BTCUSDT 1m: unknown symbol\n");
  const auto json = nlohmann::json::parse(refreshes_json({refreshed(), refused}));
  EXPECT_EQ(json[0]["changed"].size(), 3U);
  EXPECT_EQ(json[0]["failed"][0]["to"], "2024-03-01T01:59:00Z");
  EXPECT_EQ(json[0]["failed"][0]["cause"], "unavailable");
  EXPECT_TRUE(json[0]["error"].is_null());
  EXPECT_EQ(json[1]["error"], "unknown symbol");
}

TEST(UpkeepView, TellsFilesThatChangedAndTheFirstValuesBeforeAndAfter) {
  RefreshOutcome outcome = refreshed();
  outcome.result.failed.clear();
  outcome.result.changed_files = {"BTCUSDT-1m-2024-03-01.zip"};
  outcome.result.changed = {kMarch};
  outcome.result.values = {{kMarch, "low", 0.1, 0.25}, {kMarch, "trades", 7, std::nullopt}};
  EXPECT_EQ(refresh_lines(outcome),
            "spot BTCUSDT 1m: 1 partition looked at, 1 candle added, 1 changed, 5 requests, 123.5 kB\n"
            "  asked again BTCUSDT-1m-2024-03-01.zip\n"
            "  changed 2024-03-01T00:00:00Z\n"
            "    2024-03-01T00:00:00Z low: 0.1 -> 0.25\n"
            "    2024-03-01T00:00:00Z trades: 7 -> none\n");
  const auto json = nlohmann::json::parse(refreshes_json({outcome}))[0];
  EXPECT_EQ(json["changed_files"][0], "BTCUSDT-1m-2024-03-01.zip");
  EXPECT_EQ(json["values"][0]["column"], "low");
  EXPECT_EQ(json["values"][0]["before"], 0.1);
  EXPECT_EQ(json["values"][0]["after"], 0.25);
  EXPECT_TRUE(json["values"][1]["after"].is_null());
  for (int value = 0; value < 10; ++value) outcome.result.values.push_back({kMarch, "high", 1, 2});
  EXPECT_NE(refresh_lines(outcome).find("    and 2 more values; --json has all\n"), std::string::npos);
}

TEST(UpkeepView, TellsChangesOffTheGridAlone) {
  RefreshOutcome outcome = refreshed();
  outcome.result.failed.clear();
  outcome.result.changed = {kMarch + seconds{7}, kMarch + minutes{1}};
  EXPECT_EQ(refresh_lines(outcome),
            "spot BTCUSDT 1m: 1 partition looked at, 1 candle added, 2 changed, 5 requests, 123.5 kB\n"
            "  changed 2024-03-01T00:00:07Z\n"
            "  changed 2024-03-01T00:01:00Z\n");
}

TEST(UpkeepView, TellsWhatAPruneRemoved) {
  EXPECT_EQ(prune_lines({.removed = {}, .bytes_left = 42}), "0 partitions removed, 0 B; 42 B left\n");
  const PruneResult result{
      .removed = {cache_entry(MarketType::SPOT, "币安人生USDT", Interval::DAY_1, 2024y / March, 31, 5'000)},
      .bytes_left = 7'000'000,
      .notes = {"who knows"}};
  EXPECT_EQ(prune_lines(result),
            "spot 币安人生USDT 1d 2024-03: removed, 5.0 kB, last used 2024-04-01T00:00:00Z\n"
            "note: who knows\n"
            "1 partition removed, 5.0 kB; 7.0 MB left\n");
  const auto json = nlohmann::json::parse(prune_json(result));
  EXPECT_EQ(json["bytes_removed"], 5'000);
  EXPECT_EQ(json["bytes_left"], 7'000'000);
  EXPECT_EQ(json["notes"], nlohmann::json::parse(R"(["who knows"])"));
  EXPECT_EQ(json["removed"][0]["symbol"], "币安人生USDT");
}

TEST(ExitCodes, AreThatOfTheOneCauseElse3) {
  EXPECT_EQ(common_code({}), 0);
  EXPECT_EQ(common_code({0, 8, 0, 8}), 8);
  EXPECT_EQ(common_code({4, 5}), 3);
  EXPECT_EQ(common_code({4, 5, 5}), 3);
  EXPECT_EQ(common_code({3, 4}), 3);
  const TimeRange range{kMarch, kMarch + hours{1}};
  EXPECT_EQ(code_of({{range, Cause::integrity, ""}}), 4);
  EXPECT_EQ(code_of({{range, Cause::rate_limited, ""}}), 5);
  EXPECT_EQ(code_of({{range, Cause::offline, ""}}), 6);
  EXPECT_EQ(code_of({{range, Cause::unavailable, ""}, {range, Cause::unavailable, ""}}), 8);
  EXPECT_EQ(code_of({{range, Cause::not_published, ""}}), 3);
}

/// The library has the last word on which code belongs to which cause.
TEST(ExitCodes, AreThoseOfTheLibrarysErrors) {
  for (const Cause cause :
       {Cause::not_published, Cause::integrity, Cause::rate_limited, Cause::offline, Cause::unavailable}) {
    try {
      throw_unanswered(cause, "", std::nullopt);
    } catch (const Error& error) {
      EXPECT_EQ(code_of({{{kMarch, kMarch}, cause, ""}}), error.exit_code()) << name(cause);
    }
  }
}

TEST(ReportJson, NamesAllThatHappened) {
  Report report;
  report.rows = 3;
  report.rows_by_source = {{"cache", 2}, {"rest", 1}};
  report.gaps = {{{kMarch, kMarch + minutes{2}}, kNotYet}};
  report.missing = {{{kMarch + minutes{2}, kMarch + minutes{3}}, Cause::offline, "not cached"}};
  const auto json = nlohmann::json::parse(report_json(report, Interval::MINUTE_1));
  for (const auto* const key : {"rows", "filled", "rows_by_source", "requests", "bytes", "complete", "missing", "gaps",
                                "duplicates", "conflicts", "off_grid_rows", "parts", "notes"}) {
    EXPECT_TRUE(json.contains(key)) << key;
  }
  EXPECT_EQ(json["rows_by_source"]["cache"], 2);
  EXPECT_EQ(json["complete"], false);
  EXPECT_EQ(json["gaps"][0]["to"], "2024-03-01T00:01:00Z");
  EXPECT_EQ(json["gaps"][0]["reason"], "not_yet");
  EXPECT_EQ(json["missing"][0]["cause"], "offline");
  EXPECT_EQ(json["parts"]["verified"], 0);
}

}  // namespace
}  // namespace klinekeep::cli
