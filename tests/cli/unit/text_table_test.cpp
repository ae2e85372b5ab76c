#include "output/text_table.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "output/display_text.hpp"

namespace klinekeep::cli {
namespace {

using enum TextColumn::Side;

std::vector<TextColumn> columns() {
  return {{"name", left, 0, {"a", "币安人生"}}, {"count", right, 1, {"7", "12,345"}}, {"note", left, 2, {"first", ""}}};
}

Screen screen(std::size_t width) { return {.is_terminal = true, .width = width, .colour = false}; }

TEST(TextTable, AlignsWhatIsWide) {
  EXPECT_EQ(render_text_table(columns(), {}),
            "name       count  note\n"
            "a              7  first\n"
            "币安人生  12,345\n");
}

TEST(TextTable, GivesUpTheColumnsOfTheHighestRanks) {
  EXPECT_EQ(render_text_table(columns(), screen(23)), render_text_table(columns(), {}));
  EXPECT_EQ(render_text_table(columns(), screen(22)),
            "name       count\n"
            "a              7\n"
            "币安人生  12,345\n");
  EXPECT_EQ(render_text_table(columns(), screen(15)), "name\na\n币安人生\n");
  EXPECT_EQ(render_text_table(columns(), screen(5)), "name\na\n币安…\n");
}

TEST(TextTable, NeverGetsWiderThanTheScreen) {
  for (std::size_t width = 1; width < 30; ++width) {
    std::istringstream lines{render_text_table(columns(), screen(width))};
    for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), width) << line;
  }
}

TEST(TextTable, HasItsHeaderWhenItIsEmpty) {
  EXPECT_EQ(render_text_table({{"name", left, 0}, {"count", right, 1}}, {}), "name  count\n");
  EXPECT_EQ(render_text_table({{"name", left, 0}}, {.is_terminal = true, .width = 80, .colour = true}),
            "\x1b[2mname\x1b[0m\n");
}

}  // namespace
}  // namespace klinekeep::cli
