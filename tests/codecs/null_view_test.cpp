// A std::string_view of nothing points nowhere; no codec may hand that on to what must not be null.

#include <gtest/gtest.h>

#include "codecs/api_json.hpp"
#include "codecs/checksum.hpp"
#include "codecs/csv.hpp"
#include "codecs/decimal.hpp"
#include "codecs/digest.hpp"
#include "codecs/http_text.hpp"
#include "codecs/klines_json.hpp"
#include "codecs/listing_xml.hpp"
#include "codecs/zip.hpp"

namespace klinekeep::codecs {
namespace {

TEST(NullView, IsAnEmptyTextToAll) {
  constexpr std::string_view kNull;
  ASSERT_EQ(kNull.data(), nullptr);
  EXPECT_FALSE(parse_api_error(kNull));
  EXPECT_FALSE(parse_exchange_info(kNull));
  EXPECT_FALSE(parse_checksum(kNull));
  EXPECT_TRUE(parse_csv(kNull));
  EXPECT_FALSE(parse_decimal(kNull));
  EXPECT_FALSE(parse_integer(kNull));
  EXPECT_EQ(sha256(kNull), sha256(""));
  EXPECT_EQ(md5(kNull), md5(""));
  EXPECT_FALSE(parse_hex<Md5Sum>(kNull));
  EXPECT_FALSE(parse_http_date(kNull));
  EXPECT_FALSE(parse_retry_after(kNull, Timestamp{}));
  EXPECT_FALSE(parse_etag_md5(kNull));
  EXPECT_FALSE(parse_header_integer(kNull));
  EXPECT_FALSE(parse_klines(kNull));
  EXPECT_FALSE(parse_listing(kNull));
  EXPECT_FALSE(only_entry(kNull));
}

}  // namespace
}  // namespace klinekeep::codecs
