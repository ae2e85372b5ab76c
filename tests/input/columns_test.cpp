#include "input/columns.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "klinekeep/errors.hpp"
#include "klinekeep/schema.hpp"

namespace klinekeep::input {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

std::string problem(std::string_view list) {
  try {
    (void)parse_columns(list);
  } catch (const InvalidRequest& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Columns, KeepsTheOrderOfTheList) {
  EXPECT_THAT(parse_columns("close").indices(), ElementsAre(4));
  EXPECT_THAT(parse_columns("close,open_time,trades").indices(), ElementsAre(4, 0, 8));
  EXPECT_THAT(parse_columns(" close , open_time").indices(), ElementsAre(4, 0));
}

TEST(Columns, TakesTheWholeSchema) {
  std::string all;
  for (const Column& column : kSchema) all.append(all.empty() ? "" : ",").append(column.name);
  EXPECT_EQ(parse_columns(all), Columns{});
}

TEST(Columns, RefusesWhatIsNoColumnAndListsThoseThereAre) {
  EXPECT_THAT(problem("close,vwap"), AllOf(HasSubstr("no column 'vwap'"), HasSubstr("open_time, open, high"),
                                           HasSubstr("taker_buy_quote_volume")));
  EXPECT_THAT(problem("Close"), HasSubstr("no column 'Close'"));
  EXPECT_THAT(problem("close;open"), HasSubstr("no column 'close;open'"));
  EXPECT_THAT(problem("\x1b[31m"), HasSubstr(R"('\x1b[31m')"));
}

TEST(Columns, RefusesARepeatedName) { EXPECT_THAT(problem("open,close,open"), HasSubstr("open is named twice")); }

TEST(Columns, RefusesEmptyNames) {
  EXPECT_THAT(problem(""), HasSubstr("no column is named"));
  EXPECT_THAT(problem("  "), HasSubstr("no column is named"));
  for (const auto* const list : {",", "open,", ",open", "open,,close", "open, ,close"}) {
    EXPECT_THAT(problem(list), HasSubstr("missing beside a comma")) << list;
  }
}

}  // namespace
}  // namespace klinekeep::input
