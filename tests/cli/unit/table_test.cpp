#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "batches.hpp"
#include "output/display_text.hpp"

namespace klinekeep::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

WriterOptions at_width(int width) {
  WriterOptions options;
  options.width = width;
  return options;
}

std::vector<std::string> table_of(const Candles& candles, const WriterOptions& options = {},
                                  const std::vector<std::size_t>& columns = {}, std::int64_t batch_rows = 1000) {
  const std::string text = written(Format::table, candles, options, columns, batch_rows);
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

/// `line` without its ANSI sequences.
std::string unpainted(std::string line) {
  for (std::size_t at = 0; (at = line.find('\x1b', at)) != std::string::npos;)
    line.erase(at, line.find('m', at) + 1 - at);
  return line;
}

TEST(Table, ShowsTheFirstAndTheLastRows) {
  const auto lines = table_of(minute_candles(1440), at_width(60));
  ASSERT_EQ(lines.size(), 14U);
  EXPECT_EQ(lines[0], "open_time        open      high       low     close   volume");
  EXPECT_EQ(lines[1], "01-01 00:00  42000.00  42000.50  41991.83  41992.61  23.3305");
  EXPECT_EQ(lines[6], "… 1,430 more");
  EXPECT_EQ(lines[11], "01-01 23:59  41752.91  41760.28  41750.96  41758.75  89.6894");
  EXPECT_EQ(lines[12], "1,440 candles · 2024-01-01 00:00 – 23:59 UTC · 1 day");
  EXPECT_THAT(lines[13], HasSubstr("-0.57 %  low 41544.96  high 42080.79"));
}

TEST(Table, DoesNotDependOnTheBatches) {
  const Candles candles = minute_candles(500);
  const auto whole = table_of(candles, at_width(100), {}, 500);
  for (const std::int64_t rows : {1, 3, 6, 499}) EXPECT_EQ(table_of(candles, at_width(100), {}, rows), whole) << rows;
}

TEST(Table, LeavesNothingOutForTheSakeOfOneRow) {
  for (std::size_t rows = 1; rows <= 11; ++rows) {
    EXPECT_THAT(table_of(minute_candles(rows)), Not(testing::Contains(HasSubstr("more")))) << rows;
    EXPECT_EQ(table_of(minute_candles(rows)).size(), rows + (rows == 1 ? 2 : 3)) << rows;
  }
  const auto lines = table_of(minute_candles(12));
  EXPECT_EQ(lines[6], "… 2 more");
  EXPECT_EQ(lines.size(), 14U);
}

TEST(Table, IsNeverWiderThanTold) {
  Candles tiny = made_candles(400, 1'704'067'200'000, 86'400'000, 0.00002853, 0.00000001);
  Candles odd = minute_candles(30);
  odd.close[2] = std::nan("");
  odd.volume[3] = 1e300;
  odd.open_time[4] += 7;
  Candles huge = minute_candles(3);
  huge.open_time[2] = 9'000'000'000'000'000;
  for (const Candles& candles : {minute_candles(0), minute_candles(1), minute_candles(1440),
                                 made_candles(100'000, 1'704'067'200'000, 1000, 42000, 0.01), tiny, odd, huge}) {
    for (int width = 1; width <= 220; width += candles.size() > 1000 ? 7 : 1) {
      WriterOptions options = at_width(width);
      options.title = "币安人生USDT 1m spot";
      for (const bool colour : {false, true}) {
        options.colour = colour;
        for (const std::string& line : table_of(candles, options, {}, 100'000)) {
          ASSERT_LE(display_width(unpainted(line)), static_cast<std::size_t>(width)) << line;
        }
      }
    }
  }
}

TEST(Table, PaintsWithoutChangingTheText) {
  WriterOptions plain = at_width(100);
  plain.title = "BTCUSDT 1m spot";
  WriterOptions painted = plain;
  painted.colour = true;
  const auto lines = table_of(minute_candles(50), painted);
  const auto same = table_of(minute_candles(50), plain);
  ASSERT_EQ(lines.size(), same.size());
  for (std::size_t i = 0; i < lines.size(); ++i) EXPECT_EQ(unpainted(lines[i]), same[i]);
  EXPECT_THAT(lines[1], HasSubstr("\x1b[2m"));
  EXPECT_THAT(lines[2], HasSubstr("\x1b[31m41992.61\x1b[0m"));  // below its open
  EXPECT_THAT(lines[3], HasSubstr("\x1b[32m42001.60\x1b[0m"));  // above it
  EXPECT_THAT(same, Not(testing::Contains(HasSubstr("\x1b"))));
}

TEST(Table, KeepsTimeAndPricesAndVolumeWhereItIsNarrow) {
  for (int width = 60; width <= 220; ++width) {
    const std::string header = table_of(minute_candles(1440), at_width(width)).front();
    for (const auto* const column : {"open_time", "open ", "high", "low", "close", "volume"}) {
      ASSERT_THAT(header, HasSubstr(column)) << width;
    }
  }
  EXPECT_EQ(table_of(minute_candles(20), at_width(20)).front(), "open_time      close");
  EXPECT_THAT(table_of(minute_candles(20), at_width(200)).front(), HasSubstr("taker_buy_quote_volume"));
}

TEST(Table, ShortensTheTimeRatherThanCuttingIt) {
  EXPECT_THAT(table_of(minute_candles(2), at_width(12), {0}),
              ElementsAre("open_time", "01-01 00:00", "01-01 00:01", "2 candles"));
}

TEST(Table, SaysWhatItDoesNotShow) {
  EXPECT_THAT(table_of(minute_candles(20), at_width(80)), testing::Contains(HasSubstr("7 of 11 columns")));
  EXPECT_THAT(table_of(minute_candles(20), at_width(200)), Not(testing::Contains(HasSubstr("columns"))));
}

TEST(Table, KeepsTheOrderOfTheColumns) {
  EXPECT_EQ(table_of(minute_candles(1), {}, {8, 4, 0}).front(), "trades     close  open_time");
}

TEST(Table, DoesWithoutTimeAndPrices) {
  const auto lines = table_of(minute_candles(3), {}, {8});
  EXPECT_THAT(lines, ElementsAre("trades", "  1428", "    54", "  1292", "3 candles"));
}

TEST(Table, SaysWhenThereIsNothing) {
  WriterOptions options = at_width(60);
  options.title = "BTCUSDT 1m spot";
  EXPECT_THAT(table_of({}, options), ElementsAre("BTCUSDT 1m spot", "open_time  open  high  low  close  volume  trades",
                                                 "no candles in this window"));
}

TEST(Table, SaysHowThePriceChanged) {
  Candles candles = minute_candles(3);
  candles.open = {100, 100, 100};
  candles.close = {std::nan(""), 100, 150};
  EXPECT_THAT(table_of(candles).back(), HasSubstr("+50.00 %"));
  candles.close = {100, 80, std::nan("")};
  EXPECT_THAT(table_of(candles).back(), HasSubstr("-20.00 %"));
  candles.open = {0, 0, 0};
  EXPECT_THAT(table_of(candles).back(), Not(HasSubstr("%")));
  candles.close.assign(3, std::nan(""));
  EXPECT_THAT(table_of(candles).back(), HasSubstr("3 candles"));
}

TEST(Table, ShowsAsManyRowsAsAsked) {
  WriterOptions options;
  options.head_rows = 2;
  options.tail_rows = 0;
  EXPECT_EQ(table_of(minute_candles(20), options).size(), 1U + 2 + 1 + 2);
}

}  // namespace
}  // namespace klinekeep::cli
