#include "output/number_text.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>

#include "klinekeep/time.hpp"

namespace klinekeep::cli {
namespace {

std::string text_of(double value) {
  std::array<char, kMaxNumberText> text{};
  return {text.data(), put_double(text.data(), value)};
}

std::string iso_of(std::int64_t ms) {
  std::array<char, kMaxNumberText> text{};
  return {text.data(), put_iso_ms(text.data(), ms)};
}

bool reads_back(double value) {
  const std::string text = text_of(value);
  char* end = nullptr;
  const double back = std::strtod(text.c_str(), &end);
  return end == text.c_str() + text.size() && text.size() <= kMaxNumberText &&
         std::bit_cast<std::uint64_t>(back) == std::bit_cast<std::uint64_t>(value);
}

TEST(NumberText, SpellsPlainDecimals) {
  EXPECT_EQ(text_of(0), "0");
  EXPECT_EQ(text_of(-0.0), "-0");
  EXPECT_EQ(text_of(126), "126");
  EXPECT_EQ(text_of(7195.24), "7195.24");
  EXPECT_EQ(text_of(0.1), "0.1");
  EXPECT_EQ(text_of(0.00002853), "0.00002853");
  EXPECT_EQ(text_of(0.00000001), "0.00000001");
  EXPECT_EQ(text_of(1e-7), "0.0000001");
  EXPECT_EQ(text_of(100000), "100000");
  EXPECT_EQ(text_of(1e15), "1000000000000000");
  EXPECT_EQ(text_of(1e22), "10000000000000000000000");
  EXPECT_EQ(text_of(61236193241.75), "61236193241.75");
  EXPECT_EQ(text_of(-1234.5), "-1234.5");
  EXPECT_EQ(text_of(0.1 + 0.2), "0.30000000000000004");
}

TEST(NumberText, TakesAnExponentOnlyBeyond25Characters) {
  EXPECT_EQ(text_of(1e-23), "0.00000000000000000000001");
  EXPECT_EQ(text_of(1e-24), "1e-24");
  EXPECT_EQ(text_of(1e24).size(), 24U);
  EXPECT_EQ(text_of(1e25), "1e+25");
  EXPECT_EQ(text_of(1e300), "1e+300");
  EXPECT_EQ(text_of(std::numeric_limits<double>::denorm_min()), "5e-324");
  EXPECT_EQ(text_of(std::numeric_limits<double>::max()), "1.7976931348623157e+308");
}

TEST(NumberText, NamesWhatIsNotFinite) {
  EXPECT_EQ(text_of(std::nan("")), "nan");
  EXPECT_EQ(text_of(-std::nan("")), "nan");
  EXPECT_EQ(text_of(HUGE_VAL), "inf");
  EXPECT_EQ(text_of(-HUGE_VAL), "-inf");
}

TEST(NumberText, ReadsBackAsTheSameBits) {
  std::mt19937_64 random{11};  // NOLINT(cert-msc51-cpp): the same every time
  for (int i = 0; i < 100'000; ++i) {
    const auto value = std::bit_cast<double>(random());
    ASSERT_TRUE(std::isnan(value) || reads_back(value)) << text_of(value);
    const double decimal = static_cast<double>(random() % 1'000'000'000'000) / 1e8;  // as prices and volumes are
    ASSERT_TRUE(reads_back(decimal)) << text_of(decimal);
    ASSERT_EQ(text_of(decimal).find('e'), std::string::npos) << text_of(decimal);
  }
}

std::string shortest(double value) {
  std::array<char, kMaxNumberText> text{};
  const auto plain = std::to_chars(text.data(), text.data() + 25, value, std::chars_format::fixed);
  if (plain.ec == std::errc{}) return {text.data(), plain.ptr};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

/// Decimals of every length, and the doubles right beside them, which have no such text.
TEST(NumberText, IsTheShortestThereIs) {
  std::mt19937_64 random{12};  // NOLINT(cert-msc51-cpp): the same every time
  for (int i = 0; i < 300'000; ++i) {
    const double scale = std::pow(10.0, static_cast<double>(random() % 9));
    const auto digits = static_cast<double>(random() >> (random() % 63 + 1));
    const double decimal = digits / scale;
    for (const double value : {decimal, -decimal, std::nextafter(decimal, 0.0), std::nextafter(decimal, 1e300)}) {
      ASSERT_EQ(text_of(value), shortest(value));
    }
  }
  for (const double value : {1e7, 9'999'999.99999999, 9'999'999.5, 99'999'999.0, 0.99999999, 1e-8, 5e-9, 1.5e-8})
    EXPECT_EQ(text_of(value), shortest(value));
}

TEST(NumberText, SpellsIntegersOfEveryLength) {
  const auto text = [](std::int64_t value) {
    std::array<char, kMaxNumberText> room{};
    return std::string(room.data(), put_int(room.data(), value));
  };
  std::int64_t power = 1;
  for (int digits = 0; digits < 18; ++digits, power *= 10) {
    for (const std::int64_t value : {power, power - 1, power + 1, -power, power * 7 + 3}) {
      EXPECT_EQ(text(value), std::to_string(value));
    }
  }
}

TEST(NumberText, WritesNoMoreThanItSays) {
  for (int exponent = -1074; exponent < 1024; ++exponent) {
    for (const double mantissa : {1.0, -1.0, 1.1, -1.7976931348623157}) {
      const double value = std::ldexp(mantissa, exponent);
      ASSERT_TRUE(reads_back(value)) << text_of(value);
    }
  }
  for (const std::int64_t value :
       {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
    std::array<char, kMaxNumberText> text{};
    EXPECT_EQ(std::string(text.data(), put_int(text.data(), value)), std::to_string(value));
    EXPECT_EQ(iso_of(value), std::to_string(value));
  }
}

TEST(NumberText, SpellsTimes) {
  EXPECT_EQ(iso_of(1'704'067'200'000), "2024-01-01T00:00:00Z");
  EXPECT_EQ(iso_of(1'704'067'200'007), "2024-01-01T00:00:00.007Z");
  EXPECT_EQ(iso_of(-1), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(iso_of(-62'135'596'800'000), "0001-01-01T00:00:00Z");
  EXPECT_EQ(iso_of(-62'135'596'800'001), "-62135596800001");
  EXPECT_EQ(iso_of(253'402'300'799'999), "9999-12-31T23:59:59.999Z");
  EXPECT_EQ(iso_of(253'402'300'800'000), "253402300800000");
}

RC_GTEST_PROP(NumberText, AgreesWithFormatIso, ()) {
  const auto ms = *rc::gen::inRange<std::int64_t>(-62'135'596'800'000, 253'402'300'800'000);
  RC_ASSERT(iso_of(ms) == format_iso(from_ms(ms)));
}

}  // namespace
}  // namespace klinekeep::cli
