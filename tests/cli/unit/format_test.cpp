#include "output/format.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "klinekeep/errors.hpp"
#include "output/terminal.hpp"

namespace klinekeep::cli {
namespace {

TEST(Format, IsParsedAsItIsNamed) {
  for (const Format format : {Format::csv, Format::json, Format::arrow, Format::parquet, Format::table}) {
    EXPECT_EQ(parse_format(name(format)), format);
  }
}

TEST(Format, NamesThoseThereAreWhenItIsUnknown) {
  for (const auto* const word : {"", "CSV", "xlsx", "csv "}) {
    try {
      (void)parse_format(word);
      ADD_FAILURE() << word;
    } catch (const InvalidRequest& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr("csv, json, arrow, parquet and table"));
    }
  }
}

TEST(Format, DefaultsToATableOnATerminalOnly) {
  EXPECT_EQ(default_format(true, ""), Format::table);
  EXPECT_EQ(default_format(false, ""), Format::csv);
}

TEST(Format, FollowsTheExtensionOfTheFile) {
  for (const bool terminal : {true, false}) {
    EXPECT_EQ(default_format(terminal, "x.csv"), Format::csv);
    EXPECT_EQ(default_format(terminal, "x.json"), Format::json);
    EXPECT_EQ(default_format(terminal, "x.arrow"), Format::arrow);
    EXPECT_EQ(default_format(terminal, "x.feather"), Format::arrow);
    EXPECT_EQ(default_format(terminal, "/tmp/x.csv/y.PARQUET"), Format::parquet);
    EXPECT_EQ(default_format(terminal, "dir.parquet/x"), Format::csv);
    EXPECT_EQ(default_format(terminal, "/dev/null"), Format::csv);
    EXPECT_EQ(default_format(terminal, "data.2024/.csv"), Format::csv);
  }
}

TEST(Format, OfAnEndingThatIsUnknownIsNotGuessed) {
  for (const auto* const path : {"x.csv.gz", "x.parq", "x.parquet.txt", "y.csv/x.JSON.zst", "x."}) {
    try {
      (void)default_format(true, path);
      ADD_FAILURE() << path;
    } catch (const InvalidRequest& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr(".csv, .json, .arrow, .feather and .parquet are known"));
    }
  }
}

class TerminalWidth : public testing::Test {
 protected:
  void TearDown() override { unsetenv("COLUMNS"); }
  static constexpr int kNoTerminal = -1;
};

TEST_F(TerminalWidth, IsWhatTheEnvironmentSaysWhereThereIsNoTerminal) {
  setenv("COLUMNS", "132", 1);
  EXPECT_EQ(terminal_width(kNoTerminal), 132);
}

TEST_F(TerminalWidth, Is80WhereNobodyKnows) {
  unsetenv("COLUMNS");
  EXPECT_EQ(terminal_width(kNoTerminal), 80);
  for (const auto* const value : {"", "0", "-5", "wide", "80x25", "99999999999999999999"}) {
    setenv("COLUMNS", value, 1);
    EXPECT_EQ(terminal_width(kNoTerminal), 80) << value;
  }
}

}  // namespace
}  // namespace klinekeep::cli
