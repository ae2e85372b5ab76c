#include "codecs/http_text.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <ctime>

namespace klinekeep::codecs {
namespace {

using std::chrono::seconds;

const Timestamp kNow = from_ms(784111777000);  // Sun, 06 Nov 1994 08:49:37 GMT

TEST(HttpDate, ReadsTheFixedForm) {
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), kNow);
  EXPECT_EQ(parse_http_date(" Thu, 01 Jan 1970 00:00:00 GMT\t"), from_ms(0));
  EXPECT_EQ(parse_http_date("Thu, 29 Feb 2024 23:59:59 GMT"), from_ms(1709251199000));
  EXPECT_EQ(parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT"), from_ms(1483228800000));
}

TEST(HttpDate, RefusesAnyOtherText) {
  for (const char* text : {"",
                           "Sunday, 06-Nov-94 08:49:37 GMT",
                           "Sun Nov  6 08:49:37 1994",
                           "1994-11-06T08:49:37Z",
                           "784111777",
                           "Sun, 06 Nov 1994 08:49:37",
                           "Sun, 06 Nov 1994 08:49:37 UTC",
                           "Sun, 06 Nov 1994 08:49:37 GMT+1",
                           "Mon, 06 Nov 1994 08:49:37 GMT",
                           "sun, 06 nov 1994 08:49:37 gmt",
                           "Sun, 6 Nov 1994 08:49:37 GMT",
                           "Sun, 06 Nov 1994 24:00:00 GMT",
                           "Sun, 06 Nov 1994 08:60:00 GMT",
                           "Sun, 06 Nov 1994 08:49:61 GMT",
                           "Fri, 30 Feb 2024 00:00:00 GMT",
                           "Wed, 29 Feb 2023 00:00:00 GMT",
                           "Sun, 00 Nov 1994 08:49:37 GMT",
                           "Sun, 06 Nvo 1994 08:49:37 GMT",
                           "Sun, 06 Nov 19-4 08:49:37 GMT",
                           "Sun  06 Nov 1994 08:49:37 GMT"}) {
    EXPECT_FALSE(parse_http_date(text)) << text;
  }
}

TEST(S3Date, ReadsItsTwoForms) {
  EXPECT_EQ(parse_s3_date("1994-11-06T08:49:37.000Z"), kNow);
  EXPECT_EQ(parse_s3_date("1994-11-06T08:49:37Z"), kNow);
  EXPECT_EQ(parse_s3_date("2024-02-29T23:59:59.123Z"), from_ms(1709251199123));
}

TEST(S3Date, RefusesAnyOtherText) {
  for (const char* text : {"", "1994-11-06", "1994-11-06T08:49:37", "1994-11-06T08:49:37.1Z", "1994-11-06 08:49:37Z",
                           "2023-02-29T00:00:00Z", "2023-00-01T00:00:00Z", "2023-13-01T00:00:00Z",
                           "2023-01-01T24:00:00Z", "2023-01-01T00:60:00Z", "2023-01-01T00:00:60Z",
                           "2o23-01-01T00:00:00Z", " 2023-01-01T00:00:00Z", "2023-01-01T00:00:00.000z"}) {
    EXPECT_FALSE(parse_s3_date(text)) << text;
  }
}

RC_GTEST_PROP(HttpDate, AgreesWithStrftime, ()) {
  const std::time_t time = *rc::gen::inRange<std::time_t>(0, 253402300799);
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[64];
  std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  RC_ASSERT(parse_http_date(text) == from_ms(time * 1000));
}

TEST(RetryAfter, ReadsSeconds) {
  EXPECT_EQ(parse_retry_after("0", kNow), seconds{0});
  EXPECT_EQ(parse_retry_after("120", kNow), seconds{120});
  EXPECT_EQ(parse_retry_after(" 120\t", kNow), seconds{120});
  EXPECT_EQ(parse_retry_after("259200", kNow), seconds{259200});
}

TEST(RetryAfter, ReadsDates) {
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:50:37 GMT", kNow), seconds{60});
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:50:37 GMT", kNow + Duration{1}), seconds{60});
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:36 GMT", kNow), seconds{0});
}

TEST(RetryAfter, CutsLongWaits) {
  EXPECT_EQ(parse_retry_after("99999999999999999999999", kNow), kMaxRetryAfter);
  EXPECT_EQ(parse_retry_after("9223372036854775807", kNow), kMaxRetryAfter);
  EXPECT_EQ(parse_retry_after("Fri, 31 Dec 9999 23:59:59 GMT", kNow), kMaxRetryAfter);
}

TEST(RetryAfter, RefusesAnyOtherText) {
  for (const char* text :
       {"", " ", "-1", "+1", "1.5", "1e3", "soon", "10 s", "0x10", "1,2", "-99999999999999999999999"}) {
    EXPECT_FALSE(parse_retry_after(text, kNow)) << text;
  }
}

TEST(Etag, IsAnMd5InQuotesOrBare) {
  const auto sum = parse_hex<Md5Sum>("014a8d177da3bf9839c293f341804d26");
  ASSERT_TRUE(sum);
  EXPECT_EQ(parse_etag_md5("\"014a8d177da3bf9839c293f341804d26\""), sum);
  EXPECT_EQ(parse_etag_md5("014A8D177DA3BF9839C293F341804D26"), sum);
  EXPECT_EQ(parse_etag_md5(" \"014a8d177da3bf9839c293f341804d26\" "), sum);
}

TEST(Etag, IsNoneForOthers) {
  for (const char* text : {"", "\"", "\"\"", "W/\"014a8d177da3bf9839c293f341804d26\"",
                           "\"014a8d177da3bf9839c293f341804d26-2\"", "\"014a8d177da3bf9839c293f341804d26",
                           "014a8d177da3bf9839c293f341804d26\"", "\"\"014a8d177da3bf9839c293f341804d26\"\"",
                           "\"014a8d177da3bf9839c293f341804d2\"", "'014a8d177da3bf9839c293f341804d26'"}) {
    EXPECT_FALSE(parse_etag_md5(text)) << text;
  }
}

TEST(HeaderInteger, IsDigitsAlone) {
  EXPECT_EQ(parse_header_integer("0"), 0);
  EXPECT_EQ(parse_header_integer(" 2400 "), 2400);
  for (const char* text : {"", "-1", "+1", "1.0", "12a", "1 2", "99999999999999999999"}) {
    EXPECT_FALSE(parse_header_integer(text)) << text;
  }
}

}  // namespace
}  // namespace klinekeep::codecs
