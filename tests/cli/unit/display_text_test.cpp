#include "output/display_text.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "output/samples.hpp"
#include "output/table_cells.hpp"

namespace klinekeep::cli {
namespace {

using Values = std::vector<double>;

TEST(DisplayText, MeasuresColumnsNotBytes) {
  EXPECT_EQ(display_width("BTCUSDT"), 7U);
  EXPECT_EQ(display_width("币安人生USDT"), 12U);
  EXPECT_EQ(display_width("…▁█·–"), 5U);
  EXPECT_EQ(display_width("e\u0301"), 1U);
  EXPECT_EQ(display_width("a\xff\nb"), 4U);
  EXPECT_EQ(pad_left("币", 4), "  币");
  EXPECT_EQ(pad_right("币", 4), "币  ");
  EXPECT_EQ(pad_left("long", 2), "long");
}

TEST(DisplayText, GroupsThousands) {
  EXPECT_EQ(with_thousands(0), "0");
  EXPECT_EQ(with_thousands(999), "999");
  EXPECT_EQ(with_thousands(1000), "1,000");
  EXPECT_EQ(with_thousands(1234567), "1,234,567");
  EXPECT_EQ(with_thousands(-123456), "-123,456");
}

TEST(DisplayText, CountsInTheirGrammar) {
  EXPECT_EQ(counted(0, "request"), "0 requests");
  EXPECT_EQ(counted(1, "request"), "1 request");
  EXPECT_EQ(counted(12345, "row"), "12,345 rows");
}

TEST(DisplayText, ShortensSizes) {
  EXPECT_EQ(size_text(0), "0 B");
  EXPECT_EQ(size_text(999), "999 B");
  EXPECT_EQ(size_text(1000), "1.0 kB");
  EXPECT_EQ(size_text(163'049), "163.0 kB");
  EXPECT_EQ(size_text(999'949), "999.9 kB");
  EXPECT_EQ(size_text(999'950), "1.0 MB");
  EXPECT_EQ(size_text(1'234'567), "1.2 MB");
  EXPECT_EQ(size_text(5'600'000'000), "5.6 GB");
  EXPECT_EQ(size_text(std::numeric_limits<std::int64_t>::max()), "9223.4 PB");
}

TEST(DisplayText, WrapsAtBlanks) {
  using Lines = std::vector<std::string>;
  EXPECT_EQ(wrap("", 10), Lines{""});
  EXPECT_EQ(wrap("  a  b ", 10), Lines{"a b"});
  EXPECT_EQ(wrap("one two three", 7), (Lines{"one two", "three"}));
  EXPECT_EQ(wrap("one two three", 6), (Lines{"one", "two", "three"}));
  EXPECT_EQ(wrap("a incomprehensible b", 5), (Lines{"a", "incomprehensible", "b"}));
  EXPECT_EQ(wrap("币安 人生", 5), (Lines{"币安", "人生"}));
  EXPECT_EQ(wrap("a b", 0), (Lines{"a", "b"}));
}

RC_GTEST_PROP(DisplayText, WrappingLosesNoWord, (std::vector<bool> shape)) {
  std::string text;
  for (const bool letter : shape) text += letter ? 'x' : ' ';
  const auto width = *rc::gen::inRange<std::size_t>(1, 12);
  const auto letters = [](std::string_view t) { return std::count(t.begin(), t.end(), 'x'); };
  std::ptrdiff_t kept = 0;
  for (const std::string& line : wrap(text, width)) {
    RC_ASSERT(line.find(' ') == std::string::npos || line.size() <= width);
    kept += letters(line);
  }
  RC_ASSERT(kept == letters(text));
}

TEST(StyledLine, ClipsAtTheWidth) {
  const StyledLine line = StyledLine{}.add("币安").add("人生");
  EXPECT_EQ(line.render(8, false), "币安人生\n");
  EXPECT_EQ(line.render(7, false), "币安人…\n");
  EXPECT_EQ(line.render(6, false), "币安…\n");  // half a character does not fit, nor does anything after it
  EXPECT_EQ(line.render(1, false), "…\n");
  EXPECT_EQ(line.render(0, false), "\n");
}

TEST(StyledLine, HasNoBlanksAtItsEnd) {
  EXPECT_EQ(StyledLine{}.add("a ").add(" b  ").add(" ").render(80, false), "a  b\n");
  EXPECT_EQ(StyledLine{}.add("  a").render(80, false), "  a\n");
}

TEST(StyledLine, PaintsOnlyIfAsked) {
  const StyledLine line = StyledLine{}.add("up", Style::green).add(" ").add("same");
  EXPECT_EQ(line.render(80, true), "\x1b[32mup\x1b[0m same\n");
  EXPECT_EQ(line.render(80, false), "up same\n");
}

TEST(StyledLine, ShowsNoControlCharacters) {
  EXPECT_EQ(StyledLine{}.add("a\x1b[31m\nb").render(80, true), "a?[31m?b\n");
}

TEST(Sparkline, GoesFromTheLowestToTheHighest) {
  EXPECT_EQ(sparkline(Values{1, 2, 3, 4, 5, 6, 7, 8}, 8), "▁▂▃▄▅▆▇█");
  EXPECT_EQ(sparkline(Values{8, 1}, 60), "█▁");
  EXPECT_EQ(sparkline(Values{5, 5, 5}, 3), "▄▄▄");
  EXPECT_EQ(sparkline(Values{1, std::nan(""), 2}, 3), "▁ █");
  EXPECT_EQ(sparkline(Values{std::nan("")}, 3), "");
  EXPECT_EQ(sparkline(Values{}, 3), "");
  EXPECT_EQ(sparkline(Values{1, 2}, 0), "");
  constexpr double kMax = std::numeric_limits<double>::max();
  EXPECT_EQ(sparkline(Values{-kMax, 0, kMax}, 3), "▁▅█");
}

TEST(Sparkline, KeepsBothEndsOfALongerSeries) {
  Values values(1000);
  std::iota(values.begin(), values.end(), 0);
  EXPECT_EQ(sparkline(values, 8), "▁▂▃▄▅▆▇█");
}

RC_GTEST_PROP(Samples, KeepAFewEvenlyAndBothEnds, ()) {
  const auto count = *rc::gen::inRange<std::size_t>(1, 20'000);
  Samples samples;
  for (std::size_t i = 0; i < count; ++i) samples.add(static_cast<double>(i));
  const Values kept = samples.values();
  RC_ASSERT(kept.front() == 0);
  RC_ASSERT(kept.back() == static_cast<double>(count - 1));
  RC_ASSERT(kept.size() >= std::min(count, Samples::kMax / 2));
  RC_ASSERT(kept.size() <= Samples::kMax + 1);
  if (count <= Samples::kMax) RC_ASSERT(kept.size() == count);
  for (std::size_t i = 2; i + 1 < kept.size(); ++i) RC_ASSERT(kept[i] - kept[i - 1] == kept[1] - kept[0]);
}

TEST(TableCells, SayOfTimesWhatThereIsToSay) {
  using Times = std::vector<std::int64_t>;
  using Cells = std::vector<std::string>;
  constexpr std::int64_t kDay = 86'400'000;
  EXPECT_EQ(time_cells(Times{0, kDay}, true), (Cells{"1970-01-01", "1970-01-02"}));
  EXPECT_EQ(time_cells(Times{0, 60'000}, true), (Cells{"1970-01-01 00:00", "1970-01-01 00:01"}));
  EXPECT_EQ(time_cells(Times{0, 1000}, true), (Cells{"1970-01-01 00:00:00", "1970-01-01 00:00:01"}));
  EXPECT_EQ(time_cells(Times{0, -1}, true), (Cells{"1970-01-01 00:00:00.000", "1969-12-31 23:59:59.999"}));
  EXPECT_EQ(time_cells(Times{0, 60'000}, false), (Cells{"01-01 00:00", "01-01 00:01"}));
  EXPECT_EQ(time_cells(Times{0, -60'000}, false), (Cells{"1970-01-01 00:00", "1969-12-31 23:59"}));
  EXPECT_EQ(time_cells(Times{0, kDay}, false), (Cells{"1970-01-01", "1970-01-02"}));
  EXPECT_EQ(time_cells(Times{}, false), Cells{});
  EXPECT_EQ(time_cells(Times{INT64_MAX}, false), Cells{"9223372036854775807"});
}

TEST(TableCells, GiveAllNumbersTheSameDecimals) {
  EXPECT_EQ(decimals_for_all(Values{1.5, 2.25, 3}, 9), 2);
  EXPECT_EQ(decimals_for_all(Values{0.00002853}, 9), 8);
  EXPECT_EQ(decimals_for_all(Values{1234567.125, 0.5}, 9), 2);
  EXPECT_EQ(decimals_for_all(Values{12345678901.5}, 9), 0);
  EXPECT_EQ(decimals_for_all(Values{std::nan(""), 1e300, 1e-300, 1.5}, 9), 1);
  EXPECT_EQ(number_cell(1.5, 2), "1.50");
  EXPECT_EQ(number_cell(std::nan(""), 2), "nan");
  EXPECT_EQ(number_cell(1e300, 2), "1e+300");
}

TEST(TableCells, SayHowLongASpanIs) {
  EXPECT_EQ(span_text(250), "250 ms");
  EXPECT_EQ(span_text(45'000), "45 s");
  EXPECT_EQ(span_text(86'340'000), "23 h 59 min");
  EXPECT_EQ(span_text(86'400'000), "1 day");
  EXPECT_EQ(span_text(90'000'000), "1 day 1 h");
  EXPECT_EQ(span_text(86'400'000 + 60'000), "1 day");
  EXPECT_EQ(span_text(2'922LL * 86'400'000), "2,922 days");
}

}  // namespace
}  // namespace klinekeep::cli
