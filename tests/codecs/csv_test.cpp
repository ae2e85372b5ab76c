#include "codecs/csv.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>

#include "codecs/reference.hpp"
#include "codecs/support.hpp"

namespace klinekeep::codecs {
namespace {

const std::string kRow1 =
    "1577836800000,7195.24000000,7196.25000000,7183.14000000,7186.68000000,51.64281200,1577836859999,371233.51835535,"
    "493,"
    "19.59823000,140888.41428273,0";
const std::string kRow2 =
    "1735689600000000,0.31600000,0.31600000,0.31600000,0.31600000,27.00000000,1735689600999999,8.53200000,1,0.00000000,"
    "0.00000000,0";
const std::string kHeader =
    "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore";

std::size_t rows_in(std::string_view file) {
  const auto candles = parse_csv(file);
  EXPECT_TRUE(candles) << problem_of(candles);
  return candles ? candles->size() : 0;
}

std::string problem_in(std::string_view file) { return problem_of(parse_csv(file)); }

/// The answer for a file fed in blocks that end at `ends`: its rows, and its problem.
std::pair<Candles, std::string> feed_in_blocks(std::string_view file, const std::vector<std::size_t>& ends) {
  Candles candles;
  CsvParser parser{candles};
  std::size_t begin = 0;
  Parsed<void> done;
  for (const std::size_t end : ends) {
    done = parser.feed(file.substr(begin, end - begin));
    begin = end;
  }
  done = parser.feed(file.substr(begin));
  if (done) done = parser.finish();
  return {candles, problem_of(done)};
}

TEST(Csv, KeepsRowsInTheFilesOrderDuplicatesToo) {
  const auto candles = parse_csv(kRow2 + "\n" + kRow1 + "\n" + kRow1 + "\n");
  ASSERT_TRUE(candles) << problem_of(candles);
  EXPECT_EQ(candles->open_time, (CandleColumn<std::int64_t>{1735689600000, 1577836800000, 1577836800000}));
}

TEST(Csv, TakesLfAndCrlfAndNoFinalNewline) {
  EXPECT_EQ(rows_in(kRow1 + "\n" + kRow2 + "\n"), 2U);
  EXPECT_EQ(rows_in(kRow1 + "\n" + kRow2), 2U);
  EXPECT_EQ(rows_in(kRow1 + "\r\n" + kRow2 + "\r\n"), 2U);
  EXPECT_EQ(rows_in(kRow1 + "\r\n" + kRow2), 2U);
  EXPECT_EQ(rows_in(kHeader + "\r\n" + kRow1 + "\n" + kRow2 + "\r\n"), 2U);
}

TEST(Csv, TakesAFileWithoutRows) {
  EXPECT_EQ(rows_in(""), 0U);
  EXPECT_EQ(rows_in(kHeader), 0U);
  EXPECT_EQ(rows_in(kHeader + "\n"), 0U);
  EXPECT_EQ(rows_in(kHeader + "\r\n"), 0U);
}

TEST(Csv, TakesHeadersByTheirKnownNames) {
  for (const char* header : {"open_time,open,high,low,close,volume,close_time,quote_volume,trades,taker_buy_volume,"
                             "taker_buy_quote_volume,ignore",
                             "open_time,open,high,low,close,volume,close_time,quote_asset_volume,number_of_trades,"
                             "taker_buy_base_asset_volume,"
                             "taker_buy_quote_asset_volume,ignore",
                             "open_time,Open,High,Low,Close,Volume,Close Time,Quote Volume,Count,Taker Buy "
                             "Volume,Taker Buy Quote Volume,Ignore",
                             "Open time,Open,High,Low,Close,Volume,Close time,Quote asset volume,Number of trades,"
                             "Taker buy base asset volume,Taker buy quote asset volume,Ignore"}) {
    EXPECT_EQ(rows_in(std::string{header} + "\n" + kRow1 + "\n"), 1U) << header;
  }
}

/// `values` by their columns' names, written in the order of `header`.
std::string row_of(const std::string& header, const std::map<std::string, std::string>& values) {
  std::string row;
  for (std::size_t begin = 0; begin <= header.size();) {
    const std::size_t end = std::min(header.find(',', begin), header.size());
    row += (row.empty() ? "" : ",") + values.at(header.substr(begin, end - begin));
    begin = end + 1;
  }
  return row;
}

TEST(Csv, MapsColumnsInAnotherOrderByTheirNames) {
  const std::map<std::string, std::string> values{{"open_time", "1577836800000"},
                                                  {"open", "7195.24"},
                                                  {"high", "7196.25"},
                                                  {"low", "7183.14"},
                                                  {"close", "7186.68"},
                                                  {"volume", "51.642812"},
                                                  {"close_time", "1577836859999"},
                                                  {"quote_volume", "371233.51835535"},
                                                  {"quote_asset_volume", "371233.51835535"},
                                                  {"count", "493"},
                                                  {"number_of_trades", "493"},
                                                  {"taker_buy_volume", "19.59823"},
                                                  {"taker_buy_base_asset_volume", "19.59823"},
                                                  {"taker_buy_quote_volume", "140888.41428273"},
                                                  {"ignore", "0"}};
  const auto expected = parse_csv(kRow1 + "\n" + kRow1 + "\n");
  ASSERT_TRUE(expected);
  for (const std::string header :
       {"open_time,high,open,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,"
        "ignore",
        "open_time,close_time,open,high,low,close,volume,quote_asset_volume,number_of_trades,"
        "taker_buy_base_asset_volume,taker_buy_quote_volume,ignore",
        "close_time,open,high,low,close,volume,open_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,"
        "ignore",
        "ignore,taker_buy_quote_volume,taker_buy_volume,count,quote_volume,close_time,volume,close,low,high,open,"
        "open_time",
        "open_time,open,high,low,close,quote_asset_volume,close_time,volume,count,taker_buy_quote_volume,"
        "taker_buy_volume,ignore"}) {
    const std::string row = row_of(header, values);
    for (const CsvKernel kernel : {CsvKernel::none, CsvKernel::swar, CsvKernel::avx2}) {
      if (!runs_here(kernel)) continue;
      Candles candles;
      CsvParser parser{candles, kernel};
      ASSERT_TRUE(parser.feed(header + "\n" + row + "\n" + row + "\n")) << header;
      ASSERT_TRUE(parser.finish());
      EXPECT_EQ(difference(candles, *expected), "") << header;
    }
  }
}

TEST(Csv, MapsEveryOrderOfColumns) {
  std::vector<std::string> names{"open_time",
                                 "open",
                                 "high",
                                 "low",
                                 "close",
                                 "volume",
                                 "close_time",
                                 "quote_volume",
                                 "count",
                                 "taker_buy_volume",
                                 "taker_buy_quote_volume",
                                 "ignore"};
  std::vector<std::string> fields{"1577836800000", "7195.24",   "7196.25",         "7183.14",
                                  "7186.68",       "51.642812", "1577836859999",   "371233.51835535",
                                  "493",           "19.59823",  "140888.41428273", "0"};
  const auto expected = parse_csv(kRow1 + "\n");
  std::mt19937 any{7};  // the same orders each time
  for (int round = 0; round < 500; ++round) {
    std::vector<std::size_t> order(names.size());
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::shuffle(order, any);
    std::string header;
    std::string row;
    for (const std::size_t i : order) {
      header += (header.empty() ? "" : ",") + names[i];
      row += (row.empty() ? "" : ",") + fields[i];
    }
    const auto candles = parse_csv(header + "\n" + row);
    ASSERT_TRUE(candles) << header << problem_of(candles);
    ASSERT_EQ(difference(*candles, *expected), "") << header;
    ASSERT_TRUE(reference::csv(header + "\n" + row));
  }
}

TEST(Csv, RefusesHeadersThatDoNotNameEachColumnOnce) {
  struct Case {
    const char* header;
    const char* problem;
  };
  for (const Case& c :
       {Case{"open_time,a,b,c,d,e,f,g,h,i,j,k", "row 1: the header names no field that is known by 'a'"},
        Case{"open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,"
             "taker_sell_quote_volume,ignore",
             "row 1: the header names no field that is known by 'taker_sell_quote_volume'"},
        Case{"open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,"
             "taker_buy_quote_volume,unused",
             "row 1: the header names no field that is known by 'unused'"},
        Case{"time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,"
             "ignore",
             "row 1: the header names no field that is known by 'time'"},
        Case{"open_time,open,high,low,close,volume,close_time,number_of_trades,count,taker_buy_volume,"
             "taker_buy_quote_volume,ignore",
             "row 1: the header names trades twice, the second time by 'count'"},
        Case{"open_time,Open Time,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,"
             "taker_buy_quote_volume,ignore",
             "row 1: the header names open_time twice, the second time by 'Open Time'"},
        Case{"open_time,open,open,high,low,close,close_time,quote_volume,count,taker_buy_volume,"
             "taker_buy_quote_volume,ignore",
             "row 1: the header names open twice, the second time by 'open'"},
        Case{"open_time,open2,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,"
             "taker_buy_quote_volume,ignore",
             "row 1: the header names no field that is known by 'open2'"},
        Case{"open_time,,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,"
             "ignore",
             "row 1: the header names no field that is known by ''"},
        Case{"open_time,open, high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,"
             "taker_buy_quote_volume,ignore",
             "row 1: the header names no field that is known by ' high'"},
        Case{"open_time,open,high", "row 1: 'open_time,open,high' has 3 fields, not 12"}}) {
    EXPECT_EQ(problem_in(std::string{c.header} + "\n" + kRow1 + "\n"), c.problem);
  }
}

TEST(Csv, BelievesAnotherOrderOnlyWhileTheRowsBearItOut) {
  struct Case {
    const char* header;  // over rows in the usual order
    const char* problem;
  };
  for (const Case& c :
       {Case{"open_time,high,open,low,close,volume,close_time,quote_volume,count,taker_buy_volume,"
             "taker_buy_quote_volume,ignore",
             "row 2: open or close lies outside of low to high, so the header's order of columns cannot be right"},
        Case{"open_time,open,high,close,low,volume,close_time,quote_volume,count,taker_buy_volume,"
             "taker_buy_quote_volume,ignore",
             "row 2: open or close lies outside of low to high, so the header's order of columns cannot be right"},
        Case{"open_time,open,high,low,close,taker_buy_volume,close_time,quote_volume,count,volume,"
             "taker_buy_quote_volume,ignore",
             "row 2: takers bought more than was traded, so the header's order of columns cannot be right"},
        Case{"open_time,open,high,low,close,volume,close_time,taker_buy_quote_volume,count,taker_buy_volume,"
             "quote_volume,ignore",
             "row 2: takers bought more than was traded, so the header's order of columns cannot be right"},
        Case{"close_time,open,high,low,close,volume,open_time,quote_volume,count,taker_buy_volume,"
             "taker_buy_quote_volume,ignore",
             "row 2: close_time lies before open_time, so the header's order of columns cannot be right"}}) {
    EXPECT_EQ(problem_in(std::string{c.header} + "\n" + kRow1 + "\n"), c.problem);
    EXPECT_FALSE(reference::csv(std::string{c.header} + "\n" + kRow1 + "\n"));
  }
}

TEST(Csv, RefusesAHeaderInTheMiddle) {
  EXPECT_EQ(problem_in(kRow1 + "\n" + kHeader + "\n" + kRow2), "row 2: open_time 'open_time' is not an integer");
  EXPECT_EQ(problem_in(kHeader + "\n" + kHeader + "\n"), "row 2: open_time 'open_time' is not an integer");
}

TEST(Csv, CountsRowsFromOneWithTheHeader) {
  const std::string bad = kRow1.substr(0, kRow1.size() - 1) + "x";
  EXPECT_EQ(problem_in(bad), "row 1: ignore 'x' is not a decimal number");
  EXPECT_EQ(problem_in(kHeader + "\n" + kRow1 + "\n" + bad + "\n" + kRow2),
            "row 3: ignore 'x' is not a decimal number");
}

TEST(Csv, RefusesWhatIsNoRow) {
  struct Case {
    std::string file;
    std::string problem;
  };
  for (const Case& c : {Case{"\n", "row 1 is blank"},
                        Case{"\r\n", "row 1 is blank"},
                        Case{kRow1 + "\n\n", "row 2 is blank"},
                        Case{kRow1 + "\n\r\n" + kRow2, "row 2 is blank"},
                        Case{kRow1 + "\r" + kRow2, "has 23 fields, not 12"},  // a lone CR ends no line
                        Case{kRow1 + "\r", "row 1: ignore '0\\r' is not a decimal number"},
                        Case{kRow1 + "\r\r\n", "row 1: ignore '0\\r' is not a decimal number"},
                        Case{"\xEF\xBB\xBF" + kRow1, "row 1: open_time '\\ufeff1577836800000' is not an integer"},
                        Case{"\xEF\xBB\xBF" + kHeader, "row 1: open_time '\\ufeffopen_time' is not an integer"},
                        Case{"\"" + kRow1, "row 1: open_time '\"1577836800000' is not an integer"},
                        Case{" " + kRow1, "row 1: open_time ' 1577836800000' is not an integer"},
                        Case{kRow1 + " \n", "row 1: ignore '0 ' is not a decimal number"},
                        Case{kRow1 + std::string(1, '\0'), "row 1: ignore '0\\x00' is not a decimal number"},
                        Case{std::string(12, '\0') + "\n", "row 1: '" +
                                                               [] {
                                                                 std::string nuls;
                                                                 for (int i = 0; i < 12; ++i) nuls += "\\x00";
                                                                 return nuls;
                                                               }() +
                                                               "' has 1 fields, not 12"},
                        Case{kRow1 + ",1\n", "has 13 fields, not 12"},
                        Case{kRow1 + ",\n", "has 13 fields, not 12"},
                        Case{kRow1.substr(0, kRow1.size() - 2) + "\n", "has 11 fields, not 12"},
                        Case{kRow1.substr(0, kRow1.size() - 1) + "\n", "row 1: ignore '' is not a decimal number"},
                        Case{",,,,,,,,,,,", "row 1: open_time '' is not an integer"},
                        Case{"<!DOCTYPE html>", "row 1: '<!DOCTYPE html>' has 1 fields, not 12"},
                        Case{"not a csv", "row 1: 'not a csv' has 1 fields, not 12"}}) {
    const std::string problem = problem_in(c.file);
    EXPECT_TRUE(problem.ends_with(c.problem)) << problem << "\n" << c.problem;
    EXPECT_TRUE(problem.starts_with("row ")) << problem;
  }
}

TEST(Csv, RefusesTheSpreadsheetsFileAndNamesItsRow) {
  EXPECT_EQ(problem_in(read_data("anomalies/spreadsheet_damage_BTCUSDT-1h-2023-11-18.csv")),
            "row 2: open_time '1.70027E+12' is not an integer");
}

TEST(Csv, RefusesFilesOfOtherKinds) {
  for (const char* name :
       {"anomalies/gaps.csv", "anomalies/truncated_close_times.csv", "anomalies/vision_btcusdt_1s_anomalies.csv",
        "candles/btcusdt_spot_1h_2024-01-01_to_03.csv", "candles/btcusdt_spot_1s_2024-01-01T00_first_half_hour.csv",
        "listing/um_earliest_dates.csv", "SHA256SUMS", "rest/um/klines_LTCUSDT_5m_500.json",
        "archive/data/spot/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2020-01-01.zip"}) {
    EXPECT_NE(problem_in(read_data(name)), "") << name;
  }
}

TEST(Csv, TakesDecimalsOfTenThousandDigits) {
  const std::string digits = "0." + std::string(10'000, '1');
  const std::string row = kRow1.substr(0, kRow1.size() - 1) + digits;
  EXPECT_EQ(rows_in(row + "\n" + row), 2U);
}

TEST(Csv, BoundsTheLengthOfALine) {
  const std::string front = kRow1.substr(0, kRow1.size() - 1);
  const std::string longest = front + std::string(kMaxCsvLine - front.size(), '0');
  EXPECT_EQ(rows_in(longest + "\r\n" + longest + "\n" + longest), 3U);
  const std::string problem = "row 2 is longer than 65536 bytes";
  EXPECT_EQ(problem_in(kRow1 + "\n" + longest + "0\n"), problem);
  EXPECT_EQ(problem_in(kRow1 + "\n" + longest + "0\r\n"), problem);
  EXPECT_EQ(problem_in(kRow1 + "\n" + longest + "0"), problem);
  for (const std::size_t block : {1'000U, 65'536U, 65'537U, 65'538U, 200'000U}) {
    const std::string file = kRow1 + "\n" + longest + "\r\n" + longest + "00\r\n";
    std::vector<std::size_t> ends;
    for (std::size_t end = block; end < file.size(); end += block) ends.push_back(end);
    EXPECT_EQ(feed_in_blocks(file, ends).second, "row 3 is longer than 65536 bytes") << block;
  }
}

TEST(Csv, RefusesALineWithoutEndBeforeItHasCome) {
  Candles candles;
  CsvParser parser{candles};
  const std::string block(10'000, '1');
  Parsed<void> fed;
  int blocks = 0;
  while (fed && blocks < 100) fed = parser.feed(block), ++blocks;
  EXPECT_EQ(problem_of(fed), "row 1 is longer than 65536 bytes");
  EXPECT_EQ(blocks, 7);
}

TEST(Csv, StaysFailed) {
  Candles candles;
  CsvParser parser{candles};
  EXPECT_FALSE(parser.feed("x\n" + kRow1 + "\n"));
  EXPECT_EQ(problem_of(parser.feed(kRow1 + "\n")), "row 1: 'x' has 1 fields, not 12");
  EXPECT_EQ(problem_of(parser.finish()), "row 1: 'x' has 1 fields, not 12");
  EXPECT_TRUE(candles.empty());
}

TEST(Csv, LetsTheCallerEmptyTheCandlesBetweenBlocks) {
  Candles candles;
  CsvParser parser{candles};
  ASSERT_TRUE(parser.feed(kHeader + "\n" + kRow1 + "\n" + kRow2.substr(0, 30)));
  EXPECT_EQ(candles.size(), 1U);
  candles = {};
  ASSERT_TRUE(parser.feed(kRow2.substr(30)));
  ASSERT_TRUE(parser.finish());
  EXPECT_EQ(candles.open_time, CandleColumn<std::int64_t>{1735689600000});
}

TEST(Csv, GivesTheSameAnswerWhereverTheBytesAreSplit) {
  for (const std::string& file :
       {kHeader + "\r\n" + kRow1 + "\r\n" + kRow2 + "\n" + kRow1, kRow1 + "\n" + kRow2 + "\r\n", kHeader + "\n",
        kRow1 + "\r\r\n" + kRow2, kRow1 + "\n\n" + kRow2, kRow1 + "\r\n" + kRow2 + "\r",
        kRow1 + "\n1e3" + kRow2 + "\n"}) {
    const auto whole = feed_in_blocks(file, {});
    for (std::size_t at = 0; at <= file.size(); ++at) {
      const auto halves = feed_in_blocks(file, {at});
      EXPECT_EQ(halves.second, whole.second) << at;
      EXPECT_EQ(difference(halves.first, whole.first), "") << at;
    }
    std::vector<std::size_t> each;
    for (std::size_t at = 0; at < file.size(); ++at) each.push_back(at);
    EXPECT_EQ(feed_in_blocks(file, each).second, whole.second);
    EXPECT_EQ(difference(feed_in_blocks(file, each).first, whole.first), "");
  }
}

rc::Gen<std::string> decimals() {
  return rc::gen::map(rc::gen::tuple(rc::gen::inRange<std::uint64_t>(0, UINT64_MAX), rc::gen::inRange(0, 20)),
                      [](const auto& t) {
                        std::string digits = fmt::format("{:020}", std::get<0>(t));
                        const auto point = static_cast<std::size_t>(std::get<1>(t));
                        return point == 0 ? digits : digits.insert(point, ".");
                      });
}

rc::Gen<std::string> rows() {
  return rc::gen::exec([] {
    std::string row;
    for (std::size_t i = 0; i < kSchema.size(); ++i) {
      if (kSchema[i].type == ColumnType::float64) {
        row += *decimals();
      } else {
        const bool us = *rc::gen::arbitrary<bool>();
        row +=
            fmt::format("{}{}", *rc::gen::inRange<std::int64_t>(1'000'000'000'000, 9'999'999'999'999), us ? "000" : "");
      }
      row += ',';
    }
    return row + "0";
  });
}

RC_GTEST_PROP(Csv, AgreesWithTheReferenceOnRandomRowsInRandomBlocks, ()) {
  std::string file = *rc::gen::element<std::string>("", kHeader + "\n");
  for (const std::string& row : *rc::gen::container<std::vector<std::string>>(rows())) {
    file += row + *rc::gen::element<std::string>("\n", "\r\n");
  }
  auto ends = *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, file.size() + 1));
  std::ranges::sort(ends);
  const auto [candles, problem] = feed_in_blocks(file, ends);
  const auto expected = reference::csv(file);
  RC_ASSERT(problem.empty());
  RC_ASSERT(expected.has_value());
  RC_ASSERT(difference(candles, *expected) == "");
}

}  // namespace
}  // namespace klinekeep::codecs
