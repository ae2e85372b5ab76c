#include "codecs/row.hpp"

#include <gtest/gtest.h>

#include "codecs/support.hpp"

namespace klinekeep::codecs {
namespace {

const Fields kGood{"1577836800000", "7195.24000000", "7196.25000000",   "7183.14000000",
                   "7186.68000000", "51.64281200",   "1577836859999",   "371233.51835535",
                   "493",           "19.59823000",   "140888.41428273", "0"};

enum At : std::size_t {
  open_time,
  open,
  high,
  low,
  close,
  volume,
  close_time,
  quote_volume,
  trades,
  taker,
  taker_quote,
  ignore
};

struct Read {
  std::string problem;
  Candles candles;
};

/// The good row with one field replaced, read as row 17.
Read read(std::size_t at, std::string_view text) {
  Fields fields = kGood;
  fields[at] = text;
  Read result;
  result.problem = problem_of(append_row(fields, 17, result.candles));
  return result;
}

TEST(Row, AppendsAGoodRowToEveryColumn) {
  Candles candles;
  ASSERT_TRUE(append_row(kGood, 1, candles));
  ASSERT_EQ(candles.size(), 1U);
  EXPECT_EQ(candles.open_time[0], 1577836800000);
  EXPECT_EQ(candles.open[0], 7195.24);
  EXPECT_EQ(candles.high[0], 7196.25);
  EXPECT_EQ(candles.low[0], 7183.14);
  EXPECT_EQ(candles.close[0], 7186.68);
  EXPECT_EQ(candles.volume[0], 51.642812);
  EXPECT_EQ(candles.close_time[0], 1577836859999);
  EXPECT_EQ(candles.quote_volume[0], 371233.51835535);
  EXPECT_EQ(candles.trades[0], 493);
  EXPECT_EQ(candles.taker_buy_volume[0], 19.59823);
  EXPECT_EQ(candles.taker_buy_quote_volume[0], 140888.41428273);
}

TEST(Row, LeavesTheCandlesAsTheyWereWhenAFieldIsBad) {
  Candles candles;
  ASSERT_TRUE(append_row(kGood, 1, candles));
  for (std::size_t at = 0; at < kFieldCount; ++at) {
    Fields fields = kGood;
    fields[at] = "x";
    EXPECT_FALSE(append_row(fields, 2, candles)) << field_name(at);
    std::apply([&](const auto&... column) { EXPECT_TRUE(((column.size() == 1) && ...)); }, candles.columns());
  }
}

TEST(Row, NamesRowFieldAndText) {
  EXPECT_EQ(read(volume, "12e3").problem, "row 17: volume '12e3' is not a decimal number");
  EXPECT_EQ(read(trades, "4.0").problem, "row 17: trades '4.0' is not an integer");
  EXPECT_EQ(read(open_time, "1.70027E+12").problem, "row 17: open_time '1.70027E+12' is not an integer");
  EXPECT_EQ(read(close_time, "").problem, "row 17: close_time '' is not an integer");
  EXPECT_EQ(read(close_time, "-1").problem, "row 17: close_time '-1' is negative");
  EXPECT_EQ(read(ignore, "\r").problem, "row 17: ignore '\\r' is not a decimal number");
  EXPECT_EQ(read(open_time, "1735689600000001").problem,
            "row 17: open_time '1735689600000001' is in microseconds and not a whole millisecond");
  EXPECT_EQ(read(open_time, "1700000000").problem,
            "row 17: open_time '1700000000' is neither milliseconds nor microseconds of a time from 2001-09-09 to "
            "2286-11-20");
}

TEST(Row, NamesTheFirstBadFieldOnly) {
  Fields fields = kGood;
  fields[low] = "nan";
  fields[volume] = "";
  Candles candles;
  EXPECT_EQ(problem_of(append_row(fields, 3, candles)), "row 3: low 'nan' is not a decimal number");
}

TEST(Row, TellsTheUnitOfEachTimeByItsMagnitude) {
  EXPECT_EQ(read(open_time, "1735689600000000").candles.open_time.at(0), 1735689600000);    // its close_time is in ms
  EXPECT_EQ(read(close_time, "1735689600999999").candles.close_time.at(0), 1735689600999);  // its open_time is in ms
}

TEST(Row, TakesOpenTimesOfThisCenturyOnly) {
  struct Case {
    const char* text;
    std::int64_t ms;  // 0: refused
  };
  for (const Case& c : {Case{"999999999999", 0},
                        Case{"1000000000000", 1000000000000},
                        Case{"9999999999999", 9999999999999},
                        Case{"10000000000000", 0},
                        Case{"99999999999999", 0},
                        Case{"100000000000000", 0},
                        Case{"999999999999000", 0},
                        Case{"1000000000000000", 1000000000000},
                        Case{"9999999999999000", 9999999999999},
                        Case{"10000000000000000", 0},
                        Case{"1577836800", 0},           // seconds
                        Case{"1577836800000000000", 0},  // nanoseconds
                        Case{"0", 0},
                        Case{"-1577836800000", 0},
                        Case{"-1577836800000000", 0},
                        Case{"9223372036854775807", 0},
                        Case{"9223372036854775808", 0},
                        Case{"-9223372036854775808", 0},
                        Case{"1735689600000999", 0},
                        Case{"1735689600001000", 1735689600001}}) {
    const Read result = read(open_time, c.text);
    EXPECT_EQ(result.problem.empty(), c.ms != 0) << c.text;
    EXPECT_EQ(result.candles.empty() ? 0 : result.candles.open_time.front(), c.ms) << c.text;
  }
}

TEST(Row, TakesAnyCloseTimeThatIsNotNegative) {
  EXPECT_EQ(read(close_time, "0").candles.close_time.at(0), 0);
  EXPECT_EQ(read(close_time, "1577836800000").candles.close_time.at(0), 1577836800000);  // at its own open
  EXPECT_EQ(read(close_time, "1577836799000").candles.close_time.at(0), 1577836799000);  // before it
  EXPECT_EQ(read(close_time, "99999999999999").candles.close_time.at(0), 99999999999999);
  EXPECT_EQ(read(close_time, "100000000000999").candles.close_time.at(0), 100000000000);
  EXPECT_EQ(read(close_time, "9223372036854775807").candles.close_time.at(0), 9223372036854775);
  EXPECT_NE(read(close_time, "9223372036854775808").problem, "");
  EXPECT_NE(read(close_time, "1577836859999.0").problem, "");
}

TEST(Row, ChecksTheIgnoredFieldToo) {
  for (const char* text : {"0", "-1.5", "17"}) EXPECT_EQ(read(ignore, text).problem, "") << text;
  for (const char* text : {"", "x", "1e3", "0 "}) EXPECT_NE(read(ignore, text).problem, "") << text;
}

TEST(Row, TakesNegativePricesAsPremiumsHaveThem) { EXPECT_EQ(read(open, "-0.00012").candles.open.at(0), -0.00012); }

}  // namespace
}  // namespace klinekeep::codecs
