// Each kernel against the one that takes number after number, and its text against the shortest there is.
#include "output/number_digits.hpp"

#include <gtest/gtest.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "kernels_wanted.hpp"
#include "output/column_text.hpp"
#include "output/number_text.hpp"
#include "output/writer.hpp"

namespace klinekeep::cli {
namespace {

/// Decimals of every length with the doubles right beside them, whatever a double can be, and the ends of what is
/// known.
std::vector<double> doubles() {
  std::mt19937_64 random{21};  // NOLINT(cert-msc51-cpp): the same every time
  std::vector<double> values{0.0,
                             -0.0,
                             1e-8,
                             -1e-8,
                             5e-9,
                             1.5e-8,
                             0.99999999,
                             9'999'999.99999999,
                             10'000'000.00000001,
                             16'777'215.99999999,
                             kDecimalEnd,
                             std::nextafter(kDecimalEnd, 0.0),
                             99'999'999.5,
                             1e16,
                             HUGE_VAL,
                             -HUGE_VAL,
                             std::nan(""),
                             std::numeric_limits<double>::denorm_min(),
                             std::numeric_limits<double>::max()};
  for (int i = 0; i < 200'000; ++i) {
    const double scale = std::pow(10.0, static_cast<double>(random() % 10));
    const double decimal = static_cast<double>(random() >> (random() % 63 + 1)) / scale;
    for (const double value : {decimal, -decimal, std::nextafter(decimal, 0.0), std::nextafter(decimal, 1e300)})
      values.push_back(value);
    values.push_back(std::bit_cast<double>(random()));
  }
  return values;
}

std::vector<std::int64_t> integers() {
  std::mt19937_64 random{22};  // NOLINT(cert-msc51-cpp): the same every time
  std::vector<std::int64_t> values{std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
  std::int64_t power = 1;
  for (int digits = 0; digits < 18; ++digits, power *= 10) {
    for (const std::int64_t value : {power - 1, power, power + 1, -power}) values.push_back(value);
  }
  for (int i = 0; i < 100'000; ++i) values.push_back(static_cast<std::int64_t>(random() >> (random() % 64)));
  return values;
}

class Kernel : public testing::TestWithParam<Kernels> {
 protected:
  void SetUp() override {
    if (!processor::runs_here(GetParam())) GTEST_SKIP() << "this processor lacks it";
  }

  template <class Value>
  std::vector<NumberDigits> digits(const std::vector<Value>& values) {
    std::vector<NumberDigits> digits(values.size());
    split(GetParam(), values.data(), values.size(), digits.data());
    return digits;
  }

  template <class Value>
  void agrees(const std::vector<Value>& values) {
    const std::vector<NumberDigits> all = digits(values);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const NumberDigits alone = digits_of(values[i]);
      ASSERT_EQ(all[i].are_known(), alone.are_known()) << values[i];
      if (!alone.are_known()) continue;
      ASSERT_EQ(all[i].first, alone.first) << values[i];
      ASSERT_EQ(all[i].last, alone.last) << values[i];
    }
  }
};

TEST_P(Kernel, SplitsDecimalsAsOneByOne) { agrees(doubles()); }

TEST_P(Kernel, SplitsIntegersAsOneByOne) { agrees(integers()); }

TEST_P(Kernel, WritesTheShortestText) {
  const std::vector<double> values = doubles();
  const std::vector<NumberDigits> all = digits(values);
  std::array<char, 64> ours{};
  std::array<char, 64> shortest{};
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!all[i].are_known()) continue;
    char* const end = put_decimal(ours.data(), all[i]);
    const auto expected =
        std::to_chars(shortest.data(), shortest.data() + shortest.size(), values[i], std::chars_format::fixed);
    ASSERT_EQ(std::string(ours.data(), end), std::string(shortest.data(), expected.ptr));
  }
}

/// What candles are made of is not left to other means.
TEST_P(Kernel, KnowsEveryDecimalOfEightPlaces) {
  std::mt19937_64 random{23};  // NOLINT(cert-msc51-cpp): the same every time
  std::vector<double> values;
  for (int i = 0; i < 100'000; ++i) values.push_back(static_cast<double>(random() % 1'677'721'600'000'000) / 1e8);
  for (const NumberDigits& each : digits(values)) ASSERT_TRUE(each.are_known());
}

TEST_P(Kernel, WritesNoMoreThanItIsAsked) {
  const std::vector<double> values(9, 12.5);
  const std::vector<std::int64_t> numbers(9, 125);
  for (std::size_t count = 0; count <= values.size(); ++count) {
    for (const bool decimals : {false, true}) {
      std::vector<NumberDigits> to(values.size() + 1, NumberDigits{1, 2});
      decimals ? split(GetParam(), values.data(), count, to.data())
               : split(GetParam(), numbers.data(), count, to.data());
      for (std::size_t i = 0; i < to.size(); ++i) EXPECT_EQ(to[i].first == 1 && to[i].last == 2, i >= count);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Each, Kernel, testing::Values(Kernels::portable, Kernels::avx2),
                         [](const auto& kernel) { return std::string{processor::name(kernel.param)}; });

TEST(WriterOptions, TakeTheActiveKernels) { EXPECT_EQ(WriterOptions{}.kernels, kernels_wanted()); }

TEST(ColumnText, WritesWhatIsWrittenOneByOne) {
  const std::vector<double> prices = doubles();
  const std::vector<std::int64_t> counts = integers();
  const auto expect = [](ColumnText column, std::int64_t rows, const auto& alone) {
    std::array<char, 2 * kMaxNumberText> ours{};
    std::array<char, 2 * kMaxNumberText> expected{};
    for (std::int64_t first = 0; first < rows; first += ColumnText::kRows - 1) {
      const std::int64_t end = std::min(rows, first + ColumnText::kRows - 1);
      column.prepare(first, end - first);
      for (std::int64_t row = first; row < end; ++row) {
        const std::string text{ours.data(), column.put(ours.data(), row)};
        ASSERT_EQ(text, std::string(expected.data(), alone(expected.data(), row)));
        ASSERT_LE(text.size(), kMaxNumberText);
      }
    }
  };
  for (const Kernels kernels : {Kernels::portable, processor::active_kernels()}) {
    expect(ColumnText{{ColumnType::float64, nullptr, prices.data()}, kernels}, std::ssize(prices),
           [&](char* out, std::int64_t row) { return put_double(out, prices[static_cast<std::size_t>(row)]); });
    expect(ColumnText{{ColumnType::int64, counts.data(), nullptr}, kernels}, std::ssize(counts),
           [&](char* out, std::int64_t row) { return put_int(out, counts[static_cast<std::size_t>(row)]); });
  }
}

}  // namespace
}  // namespace klinekeep::cli
