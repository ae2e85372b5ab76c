#include "transport/percent_encoding.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace klinekeep::transport {
namespace {

TEST(PercentEncode, KeepsTheUnreservedAndEncodesTheRest) {
  const std::string kept = "ABCXYZabcxyz0189-._~";
  EXPECT_EQ(percent_encode(kept), kept);
  EXPECT_EQ(percent_encode("币安人生USDT"), "%E5%B8%81%E5%AE%89%E4%BA%BA%E7%94%9FUSDT");
  EXPECT_EQ(percent_encode("data/spot/a b&c=d?e#f%+"), "data%2Fspot%2Fa%20b%26c%3Dd%3Fe%23f%25%2B");
  EXPECT_EQ(percent_encode(std::string_view("\0\xFF", 2)), "%00%FF");
  EXPECT_EQ(percent_encode(""), "");
  EXPECT_EQ(percent_encode(std::string_view{}), "");
}

RC_GTEST_PROP(PercentEncode, CanBeReadBack, (const std::string& text)) {
  std::string decoded;
  const std::string encoded = percent_encode(text);
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    if (encoded[i] != '%') {
      decoded += encoded[i];
    } else {
      decoded += static_cast<char>(std::stoi(encoded.substr(i + 1, 2), nullptr, 16));
      i += 2;
    }
  }
  RC_ASSERT(decoded == text);
}

}  // namespace
}  // namespace klinekeep::transport
