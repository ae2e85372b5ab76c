#include "input/amounts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>
#include <string>

#include "input/interval_word.hpp"
#include "klinekeep/errors.hpp"

namespace klinekeep::input {
namespace {

using std::chrono::seconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

template <class Parse>
std::string problem(Parse parse, std::string_view word) {
  try {
    (void)parse(word);
  } catch (const InvalidRequest& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Sizes, AreBytesOrBinaryThousands) {
  EXPECT_EQ(parse_size("0"), 0);
  EXPECT_EQ(parse_size("1048577"), 1'048'577);
  EXPECT_EQ(parse_size("1K"), 1024);
  EXPECT_EQ(parse_size("500M"), 524'288'000);
  EXPECT_EQ(parse_size("20G"), 21'474'836'480);
  EXPECT_EQ(parse_size("007K"), 7168);
  EXPECT_EQ(parse_size("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(parse_size("8589934591G"), 8'589'934'591 * (std::int64_t{1} << 30));
}

TEST(Sizes, RefuseAllElseAndSayWhatIsRight) {
  for (const auto* const word : {"", "K", "20X", "20T", "20g", "20GB", "20 G", " 20G", "-1G", "+1G", "1.5G", "1,000",
                                 "0x10", "1e3", "G20", "２０G"}) {
    EXPECT_THAT(problem(parse_size, word), AllOf(StartsWith("'"), HasSubstr("not a size"), HasSubstr("20G"))) << word;
  }
  for (const auto* const word : {"9223372036854775808", "8589934592G", "99999999999999999999999G"}) {
    EXPECT_THAT(problem(parse_size, word), HasSubstr("more than")) << word;
  }
}

TEST(Ages, AreOneNumberAndOneUnit) {
  EXPECT_EQ(parse_age("0s"), seconds{0});
  EXPECT_EQ(parse_age("45s"), seconds{45});
  EXPECT_EQ(parse_age("30m"), seconds{1800});
  EXPECT_EQ(parse_age("36h"), seconds{129'600});
  EXPECT_EQ(parse_age("90d"), seconds{7'776'000});
  EXPECT_EQ(parse_age("365000d"), seconds{31'536'000'000});
}

TEST(Ages, RefuseAllElseAndSayWhatIsRight) {
  for (const auto* const word : {"", "d", "90", "90D", "3M", "2w", "-1d", "1.5h", "1h30m", "90 d", "d90"}) {
    EXPECT_THAT(problem(parse_age, word), AllOf(StartsWith("'"), HasSubstr("not an age"), HasSubstr("90d"))) << word;
  }
  for (const auto* const word : {"366000d", "9223372036854775807d", "99999999999999999999s"}) {
    EXPECT_THAT(problem(parse_age, word), HasSubstr("1,000 years")) << word;
  }
}

RC_GTEST_PROP(Ages, ReadBackWhatIsWritten, ()) {
  const auto count = *rc::gen::inRange<std::int64_t>(0, 100'000);
  RC_ASSERT(parse_age(std::to_string(count) + "h") == std::chrono::hours{count});
  RC_ASSERT(parse_size(std::to_string(count) + "K") == count * 1024);
}

TEST(Months, AreWrittenAsPeopleOrFilesDo) {
  using namespace std::chrono;
  EXPECT_EQ(parse_month("2024-03"), 2024y / March);
  EXPECT_EQ(parse_month("202403"), 2024y / March);
  EXPECT_EQ(parse_month("0001-12"), year{1} / December);
}

TEST(Months, RefuseAllElse) {
  for (const auto* const word :
       {"", "2024", "2024-3", "2024-03-15", "2024/03", "24-03", "March", "2024-+3", "20240301"}) {
    EXPECT_THAT(problem(parse_month, word), AllOf(HasSubstr("not a month"), HasSubstr("2024-03"))) << word;
  }
  EXPECT_THAT(problem(parse_month, "2024-13"), HasSubstr("01 to 12"));
  EXPECT_THAT(problem(parse_month, "2024-00"), HasSubstr("01 to 12"));
  EXPECT_THAT(problem(parse_month, "0000-01"), HasSubstr("0001 to 9999"));
  EXPECT_THAT(problem(parse_month, "\x1b[31m"), HasSubstr(R"('\x1b[31m')"));
}

TEST(IntervalWord, KeepsMinutesAndMonthsApart) {
  EXPECT_EQ(parse_interval("1m"), Interval::MINUTE_1);
  EXPECT_EQ(parse_interval("1M"), Interval::MONTH_1);
  for (const auto* const word : {"", "1D", "7m", "1 m", "1min", "\n"}) {
    EXPECT_THAT(problem(parse_interval, word),
                AllOf(HasSubstr("no interval"), HasSubstr("1s, 1m"), HasSubstr("1M a month")));
  }
}

}  // namespace
}  // namespace klinekeep::input
