#include "codecs/decimal.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <string>

#include "codecs/reference.hpp"

namespace klinekeep::codecs {
namespace {

std::uint64_t bits(double value) { return std::bit_cast<std::uint64_t>(value); }

void expect_strtod(const std::string& text) {
  const auto value = parse_decimal(text);
  ASSERT_TRUE(value) << text;
  EXPECT_EQ(bits(*value), bits(std::strtod(text.c_str(), nullptr))) << text;
}

TEST(Decimal, EqualsStrtodBitForBit) {
  for (const char* text : {"0",
                           "1",
                           "9",
                           "007",
                           "0.0",
                           "0.00000000",
                           "-0",
                           "-0.0",
                           "-1.5",
                           "7195.24000000",
                           "0.00002853",
                           "126",
                           "8.9950",
                           "116340254505.95043233",
                           "90071992.54740993",
                           "9007199254740993",
                           "9007199254740992.5",
                           "92233720368.54775808",
                           "99999999999.99999999",
                           "0.1",
                           "0.3",
                           "123456789012345678901234567890.123456789",
                           "2.2250738585072011",
                           "0.500000000000000166533453693773481063544750213623046875",
                           "17976931348623157081452742373170435679807.0"}) {
    expect_strtod(text);
  }
}

TEST(Decimal, TakesNumbersOfAnyLength) {
  const std::string many(10'000, '0');
  expect_strtod("1." + many + "1");
  expect_strtod("0." + many);
  expect_strtod(many + "1.5");
  expect_strtod("0." + many + "1");                                                 // too small for any double: 0
  expect_strtod("-0." + many + "1");                                                // -0
  expect_strtod("0." + std::string(10'000, '3'));                                   // more digits than any double needs
  expect_strtod("1.00000000000000011102230246251565404236316680908203125" + many);  // half way between two doubles
  expect_strtod("1.00000000000000011102230246251565404236316680908203125" + many + "1");  // just above it
}

TEST(Decimal, TakesSubnormalNumbersAndTheLargestOne) {
  const std::string smallest = "0." + std::string(323, '0');
  expect_strtod(smallest + "49406564584124654");  // the smallest double
  expect_strtod(smallest + "24703282292062327");  // just below half of it
  expect_strtod(smallest + "24703282292062328");  // just above half of it
  expect_strtod("0." + std::string(307, '0') + "22250738585072011");
  expect_strtod("17976931348623157" + std::string(292, '0'));
}

TEST(Decimal, RefusesWhatExceedsEveryDouble) {
  EXPECT_FALSE(parse_decimal("17976931348623159" + std::string(292, '0')));
  EXPECT_FALSE(parse_decimal("1" + std::string(309, '0')));
  EXPECT_FALSE(parse_decimal("-1" + std::string(10'000, '0')));
  EXPECT_FALSE(parse_decimal("000" + std::string(400, '9') + ".5"));
}

TEST(Decimal, RefusesAnyOtherText) {
  using namespace std::string_view_literals;
  for (const std::string_view text :
       {""sv,     "-"sv,     "."sv,      "-."sv,   ".5"sv,  "1."sv,    "-.5"sv, "-1."sv,   "+1"sv,
        "1e5"sv,  "1E5"sv,   "1.5e-3"sv, "12e3"sv, "nan"sv, "NaN"sv,   "inf"sv, "-inf"sv,  "infinity"sv,
        "0x10"sv, "0x1p3"sv, " 1"sv,     "1 "sv,   "1\t"sv, "1\n"sv,   "1,5"sv, "1_000"sv, "--1"sv,
        "1-"sv,   "1.2.3"sv, "1..2"sv,   "1\0"sv,  "\0"sv,  "\"1\""sv, "1f"sv,  "１"sv,    "1.5\r"sv}) {
    EXPECT_FALSE(parse_decimal(text)) << text;
  }
}

TEST(Decimal, ReadsNotBeyondTheView) {
  const std::string text = "12.345e6";
  EXPECT_EQ(parse_decimal(std::string_view{text}.substr(0, 5)), 12.34);
  EXPECT_EQ(parse_integer(std::string_view{text}.substr(0, 2)), 12);
}

TEST(Integer, TakesWhatFitsAndRefusesTheRest) {
  EXPECT_EQ(parse_integer("0"), 0);
  EXPECT_EQ(parse_integer("-0"), 0);
  EXPECT_EQ(parse_integer("0042"), 42);
  EXPECT_EQ(parse_integer("1735689600000000"), 1735689600000000);
  EXPECT_EQ(parse_integer("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(parse_integer("-9223372036854775808"), INT64_MIN);
  for (const char* text : {"", "-", "+1", "1.0", "1.", "1e3", " 1", "1 ", "9223372036854775808", "-9223372036854775809",
                           "99999999999999999999999", "0x1", "--1", "1-", "１"}) {
    EXPECT_FALSE(parse_integer(text)) << text;
  }
}

/// Digits with now and then a sign or a point, so that about half of them are numbers.
rc::Gen<std::string> number_like() {
  const auto digits = rc::gen::container<std::string>(rc::gen::inRange('0', static_cast<char>('9' + 1)));
  return rc::gen::apply([](const std::string& sign, const std::string& whole, const std::string& point,
                           const std::string& rest) { return sign + whole + point + rest; },
                        rc::gen::element<std::string>("", "", "-", "+"), digits,
                        rc::gen::element<std::string>("", ".", ".", ".."), digits);
}

RC_GTEST_PROP(Decimal, AgreesWithStrtodOnNumbers, ()) {
  const std::string text = *number_like();
  const auto ours = parse_decimal(text);
  const auto theirs = reference::decimal(text);
  RC_ASSERT(ours.has_value() == theirs.has_value());
  if (ours) RC_ASSERT(bits(*ours) == bits(*theirs));
  RC_ASSERT(parse_integer(text) == reference::integer(text));
}

RC_GTEST_PROP(Decimal, AgreesWithStrtodOnAnyCharacters, ()) {
  const std::string text = *rc::gen::container<std::string>(rc::gen::elementOf(std::string{"00112379..--+eE xnaif\t"}));
  RC_ASSERT(parse_decimal(text).has_value() == reference::decimal(text).has_value());
  RC_ASSERT(parse_integer(text) == reference::integer(text));
}

RC_GTEST_PROP(Decimal, ReadsBackWhatPrintfWrites, (double any)) {
  const double value = std::isfinite(any) ? any : 1.0;
  char text[2000];
  std::snprintf(text, sizeof text, "%.*f", *rc::gen::inRange(0, 1100), value);
  const auto read = parse_decimal(text);
  RC_ASSERT(read.has_value());
  RC_ASSERT(bits(*read) == bits(std::strtod(text, nullptr)));
}

}  // namespace
}  // namespace klinekeep::codecs
