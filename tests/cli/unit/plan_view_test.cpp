#include "views/plan_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "output/display_text.hpp"

namespace klinekeep::cli {
namespace {

using testing::HasSubstr;

constexpr std::string_view kNothing = "nothing to fetch: the cache covers it";

PlannedStep step(std::string action, std::int64_t requests, std::int64_t bytes, std::string reason) {
  return {.action = std::move(action),
          .range = {from_ms(0), from_ms(1)},
          .requests = requests,
          .bytes = bytes,
          .reason = std::move(reason),
          .json = R"({"kind": "archive_file", "period": "2024-03"})"};
}

FetchPlan two_steps() {
  return {.steps = {step("monthly file 2024-03", 2, 1'960'000, "most of the month is wanted, and it is due"),
                    step("REST page 2024-04-01", 1, 163'000, "no archive file is due yet")},
          .requests = 3,
          .bytes = 2'123'000};
}

Screen screen(std::size_t width) { return {.is_terminal = true, .width = width, .colour = false}; }

TEST(PlanView, IsALineAStepWithoutATerminal) {
  EXPECT_EQ(plan_text(two_steps(), Interval::HOUR_1, kNothing, {}),
            "step                  requests      size  reason\n"
            "monthly file 2024-03         2    2.0 MB  most of the month is wanted, and it is due\n"
            "REST page 2024-04-01         1  163.0 kB  no archive file is due yet\n"
            "3 requests, about 2.1 MB\n");
}

TEST(PlanView, WrapsTheReasonsBesideTheSteps) {
  EXPECT_EQ(plan_text(two_steps(), Interval::HOUR_1, kNothing, screen(75)),
            "step                  requests      size  reason\n"
            "monthly file 2024-03         2    2.0 MB  most of the month is wanted, and\n"
            "                                          it is due\n"
            "REST page 2024-04-01         1  163.0 kB  no archive file is due yet\n"
            "3 requests, about 2.1 MB\n");
}

TEST(PlanView, PutsTheReasonsBelowOnANarrowTerminal) {
  EXPECT_EQ(plan_text(two_steps(), Interval::HOUR_1, kNothing, screen(60)),
            "monthly file 2024-03\n"
            "  2 requests, 2.0 MB: most of the month is wanted, and it is\n"
            "  due\n"
            "REST page 2024-04-01\n"
            "  1 request, 163.0 kB: no archive file is due yet\n"
            "3 requests, about 2.1 MB\n");
}

TEST(PlanView, NeverGetsWiderThanTheScreen) {
  for (std::size_t width = 1; width < 120; ++width) {
    for (const FetchPlan& plan : {two_steps(), FetchPlan{}}) {
      std::istringstream lines{plan_text(plan, Interval::HOUR_1, kNothing, screen(width))};
      for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), width) << line;
    }
  }
}

TEST(PlanView, SaysThatThereIsNothingToDo) {
  EXPECT_EQ(plan_text({}, Interval::HOUR_1, kNothing, {}), "nothing to fetch: the cache covers it\n");
  EXPECT_EQ(plan_text({}, Interval::HOUR_1, kNothing, screen(20)), "nothing to fetch:\nthe cache covers it\n");
}

TEST(PlanView, KeepsTheGrammarOfOne) {
  const FetchPlan plan{.steps = {step("list", 1, 500, "why")}, .requests = 1, .bytes = 500};
  EXPECT_THAT(plan_text(plan, Interval::HOUR_1, kNothing, {}), HasSubstr("\n1 request, about 500 B\n"));
}

TEST(PlanView, IsJsonOfWholeSteps) {
  const auto json = nlohmann::json::parse(plan_json(two_steps(), Interval::HOUR_1));
  EXPECT_EQ(json["requests"], 3);
  EXPECT_EQ(json["bytes"], 2'123'000);
  ASSERT_EQ(json["steps"].size(), 2U);
  EXPECT_EQ(json["steps"][0]["kind"], "archive_file");
  EXPECT_EQ(json["steps"][0]["reason"], "most of the month is wanted, and it is due");
  EXPECT_EQ(nlohmann::json::parse(plan_json({}, Interval::HOUR_1)),
            nlohmann::json::parse(
                R"({"upstream": "binance", "kind": "klines", "steps": [], "requests": 0, "bytes": 0, "missing": []})"));
}

FetchPlan without_an_end() {
  return {.missing = {{{from_ms(1'704'067'200'000), from_ms(1'704'074'400'000)}, Cause::offline, "it is not cached"}}};
}

TEST(PlanView, NamesWhatNoStepWouldBring) {
  EXPECT_EQ(plan_text(without_an_end(), Interval::HOUR_1, "nothing to fetch", {}),
            "nothing to fetch\n"
            "missing: 2024-01-01T00:00:00Z to 2024-01-01T01:00:00Z: it is not cached\n");
  const auto json = nlohmann::json::parse(plan_json(without_an_end(), Interval::HOUR_1));
  EXPECT_EQ(json["missing"], nlohmann::json::parse(R"([{"from": "2024-01-01T00:00:00Z", "to": "2024-01-01T01:00:00Z",
                                                       "cause": "offline", "detail": "it is not cached"}])"));
}

TEST(PlanView, NamesTheFirstFiveRangesOnly) {
  FetchPlan plan = without_an_end();
  plan.missing.resize(8, plan.missing.front());
  EXPECT_THAT(plan_text(plan, Interval::HOUR_1, "nothing to fetch", {}), HasSubstr("missing: 3 ranges more\n"));
}

}  // namespace
}  // namespace klinekeep::cli
