#include "codecs/klines_json.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "codecs/csv.hpp"
#include "codecs/support.hpp"

namespace klinekeep::codecs {
namespace {

const std::string kRow =
    R"([1577836800000,"7195.24000000","7196.25000000","7183.14000000","7186.68000000","51.64281200",1577836859999,)"
    R"("371233.51835535",493,"19.59823000","140888.41428273","0"])";

/// The row with `from`, which must be in it, replaced.
std::string with(const std::string& from, const std::string& to) {
  std::string row = kRow;
  EXPECT_NE(row.find(from), std::string::npos) << from;
  return row.replace(row.find(from), from.size(), to);
}

std::size_t rows_in(const std::string& body) {
  const auto candles = parse_klines(body);
  EXPECT_TRUE(candles) << problem_of(candles) << "\n" << body;
  return candles ? candles->size() : 0;
}

std::string problem_in(const std::string& body) { return problem_of(parse_klines(body)); }

TEST(KlinesJson, ReadsEveryColumn) {
  const auto candles = parse_klines("[" + kRow + "]");
  ASSERT_TRUE(candles) << problem_of(candles);
  std::string csv = kRow.substr(1, kRow.size() - 2);
  std::erase(csv, '"');
  const auto same = parse_csv(csv);
  ASSERT_TRUE(same);
  EXPECT_EQ(candles->size(), 1U);
  EXPECT_EQ(difference(*candles, *same), "");
}

TEST(KlinesJson, TakesNoRowsAndAnyWhiteSpace) {
  EXPECT_EQ(rows_in("[]"), 0U);
  EXPECT_EQ(rows_in(" [\n] \r\n"), 0U);
  EXPECT_EQ(rows_in("[\n  " + kRow + " ,\t" + with("493,", "493 \n , ") + "\r\n]\n"), 2U);
}

TEST(KlinesJson, TakesMicroseconds) {
  const auto candles = parse_klines("[" + with("1577836859999", "1577836859999999") + "]");
  ASSERT_TRUE(candles);
  EXPECT_EQ(candles->close_time[0], 1577836859999);
}

TEST(KlinesJson, KeepsVolumesOfTwentyDigitsExact) {
  const auto candles = parse_klines("[" + with("371233.51835535", "116340254505.95043233") + "]");
  ASSERT_TRUE(candles);
  EXPECT_EQ(candles->quote_volume[0], 116340254505.95043233);
}

TEST(KlinesJson, NamesTheBadRow) {
  EXPECT_EQ(problem_in("[" + kRow + "," + with("51.64281200", "12e3") + "]"),
            "row 2: volume '12e3' is not a decimal number");
  EXPECT_EQ(
      problem_in("[" + with("1577836800000", "1577836800") + "]"),
      "row 1: open_time '1577836800' is neither milliseconds nor microseconds of a time from 2001-09-09 to 2286-11-20");
  EXPECT_EQ(problem_in("[" + kRow + "," + with("\"7196.25000000\"", "7196.25000000") + "]"),
            "row 2: high '7196.25000000' is not a JSON string");
  EXPECT_EQ(problem_in("[" + with("1577836800000", "\"1577836800000\"") + "]"),
            "row 1: open_time '\"1577836800000\"' is not a JSON number");
  EXPECT_EQ(problem_in("[" + kRow + "," + with(",\"0\"]", "]") + "]"), "row 2 has 11 elements, not 12");
  EXPECT_EQ(problem_in("[" + with(",\"0\"]", ",\"0\",\"0\"]") + "]"), "row 1 has 13 elements, not 12");
  EXPECT_EQ(problem_in("[" + kRow + ",[]]"), "row 2 has 0 elements, not 12");
  EXPECT_EQ(problem_in("[" + with("493", "493.0") + "]"), "row 1: trades '493.0' is not an integer");
  EXPECT_EQ(problem_in("[" + with("493", "0493") + "]"), "row 1: trades '0493' is not a JSON number");
  EXPECT_EQ(problem_in("[" + with("493", "-0493") + "]"), "row 1: trades '-0493' is not a JSON number");
}

TEST(KlinesJson, RefusesOtherTypes) {
  for (const char* value : {"null", "true", "{}", "[]", "[1]", "{\"a\":1}", "\"\"", "\"nan\"", "7195.24", "\"\\u0037\"",
                            "\"7195.24", "7195.24\"", "'7195.24'", "\"7195.24 \"", ""}) {
    EXPECT_NE(problem_in("[" + with("\"7195.24000000\"", value) + "]"), "") << value;
  }
  for (const char* value : {"null", "true", "{}", "[]", "\"493\"", "4.93e2", "493.", "+493", "493 1", "", "0x10",
                            "\"\"", "- 1", "99999999999999999999"}) {
    EXPECT_NE(problem_in("[" + with("493", value) + "]"), "") << value;
  }
}

TEST(KlinesJson, RefusesBrokenBodies) {
  using namespace std::string_literals;
  const std::string nul(1, '\0');
  for (const std::string& body : {""s,
                                  " "s,
                                  "["s,
                                  "]"s,
                                  "[["s,
                                  "[]]"s,
                                  "[[]"s,
                                  "[,]"s,
                                  "[" + kRow,
                                  kRow,
                                  "[" + kRow + ",]",
                                  "[," + kRow + "]",
                                  "[" + kRow + ",," + kRow + "]",
                                  "[" + kRow + kRow + "]",
                                  "[" + kRow + "]]",
                                  "[" + kRow + "] x",
                                  "[" + kRow + "]" + kRow,
                                  "[]\n[]"s,
                                  "[] 0"s,
                                  "[]" + nul,
                                  nul + "[]",
                                  "[" + nul + "]",
                                  "[" + kRow + "]" + nul,
                                  "{}"s,
                                  "null"s,
                                  "0"s,
                                  "\"[]\""s,
                                  "<html></html>"s,
                                  "\xEF\xBB\xBF[]"s,
                                  R"({"code":-1121,"msg":"Invalid symbol."})"s,
                                  "[{}]"s,
                                  "[null]"s,
                                  "[1]"s,
                                  "[\"a\"]"s,
                                  "[[" + kRow + "]]",
                                  "[" + kRow + "}",
                                  "[" + kRow + ",null]",
                                  "[" + kRow + ",{}]",
                                  "[" + kRow + ",1]",
                                  "[" + with("493,", "493") + "]",
                                  "[" + with("493,", "493,,") + "]",
                                  "[" + with("493,", "493:") + "]",
                                  "[" + with(",\"0\"]", ",\"0\",]") + "]",
                                  "[" + with(",\"0\"]", ",\"0\"}") + "]",
                                  std::string(100'000, '['),
                                  "[" + std::string(100'000, '[') + std::string(100'000, ']') + "]"}) {
    EXPECT_NE(problem_in(body), "") << body.substr(0, 300);
  }
}

TEST(KlinesJson, RefusesEveryCutBody) {
  const std::string body = "[" + kRow + "," + kRow + "]";
  for (std::size_t size = 0; size < body.size(); ++size) EXPECT_NE(problem_in(body.substr(0, size)), "") << size;
}

TEST(KlinesJson, NamesTheFirstThingThatIsWrongInARow) {
  std::string row = with("\"7196.25000000\"", "7196.25000000");
  EXPECT_EQ(problem_in("[" + row.replace(row.find("493,"), 4, "493:") + "]"),
            "row 1: high '7196.25000000' is not a JSON string");
  EXPECT_TRUE(problem_in("[" + with("493,", "493:") + "]").starts_with("row 1: broken JSON: "));
}

TEST(KlinesJson, ReadsOneBodyAfterAnother) {
  std::string large = "[" + kRow;
  for (int i = 0; i < 20'000; ++i) large += "," + kRow;
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(rows_in(large + "]"), 20'001U);
    EXPECT_EQ(rows_in("[" + kRow + "]"), 1U);
    EXPECT_NE(problem_in(large), "");
    EXPECT_EQ(rows_in("[]"), 0U);
  }
}

TEST(KlinesJson, SaysWhatCameInsteadOfAnArray) {
  EXPECT_TRUE(problem_in("<html>").starts_with("'<html>' is not a JSON array: ")) << problem_in("<html>");
}

}  // namespace
}  // namespace klinekeep::codecs
