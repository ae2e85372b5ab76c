// The transport's readers of text: endpoints, heads, state records.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "transport/attempt_sink.hpp"
#include "transport/endpoint.hpp"
#include "transport/fakes.hpp"
#include "transport/head_reader.hpp"
#include "transport/rate_file.hpp"
#include "transport/rate_state.hpp"

namespace klinekeep::transport {
namespace {

using namespace std::chrono_literals;
using Progress = HeadReader::Progress;

TEST(Origin, IsSchemeNameAndPort) {
  EXPECT_EQ(endpoint_of("https://api.binance.com/api/v3/klines?a=b"), "https://api.binance.com:443");
  EXPECT_EQ(endpoint_of("HTTPS://API.Binance.com:443"), "https://api.binance.com:443");
  EXPECT_EQ(endpoint_of("http://localhost?x=@y:1/"), "http://localhost:80");
  EXPECT_EQ(endpoint_of("http://127.0.0.1:8080/#a"), "http://127.0.0.1:8080");
  EXPECT_EQ(endpoint_of("http://user:word@host:81/"), "http://host:81");
  EXPECT_EQ(endpoint_of("http://[::1]:8080/"), "http://[::1]:8080");
  EXPECT_EQ(endpoint_of("http://[::1]/"), "http://[::1]:80");
  EXPECT_EQ(endpoint_of("http://host:/"), "http://host:80");
}

TEST(Origin, IsNoneOfWhatIsNoHttpUrl) {
  for (const char* url : {"", "api.binance.com", "ftp://host/", "file:///etc/passwd", "http://", "http:///path",
                          "http://:80/", "http://host:0/", "http://host:65536/", "http://host:8x/", "http://[::1/",
                          "http://[::1]x/", "http://ho st/", "http://ho\nst/"}) {
    EXPECT_EQ(endpoint_of(url), std::nullopt) << url;
  }
}

TEST(HeadReader, KeepsTheAnswerAndForgets1xxAndTrailers) {
  HeadReader reader;
  for (const char* line :
       {"HTTP/1.1 100 Continue\r\n", "Early: 1\r\n", "\r\n", "HTTP/1.1 103 Early Hints\r\n", "\r\n",
        "HTTP/1.1 206 Partial\r\n", "A: 1\r\n", "b:  two words \r\n", " folded\r\n", "A: 2\r\n", "C:\n"}) {
    EXPECT_EQ(reader.feed(line), Progress::going_on) << line;
  }
  EXPECT_EQ(reader.feed("\r\n"), Progress::complete);
  EXPECT_EQ(reader.feed("Trailer: 1\r\n"), Progress::going_on);
  EXPECT_EQ(reader.feed("\r\n"), Progress::going_on);
  const ResponseHead& head = reader.head();
  EXPECT_EQ(head.status, 206);
  EXPECT_EQ(head.headers.size(), 4U);
  EXPECT_EQ(head.header("a"), "1");
  EXPECT_EQ(head.header("B"), "two words folded");
  EXPECT_EQ(head.header("c"), "");
  EXPECT_EQ(head.header("early"), std::nullopt);
  EXPECT_EQ(head.header("trailer"), std::nullopt);
}

TEST(HeadReader, RefusesWhatIsNoHead) {
  for (const char* line :
       {"", "\r\n", "SSH-2.0\r\n", "HTTP/1.1\r\n", "HTTP/1.1 abc\r\n", "HTTP/1.1 20\r\n", "HTTP/1.1 099 x\r\n"}) {
    HeadReader reader;
    EXPECT_EQ(reader.feed(line), Progress::bad) << line;
  }
}

TEST(HeadReader, RefusesHeadsWithoutEnd) {
  HeadReader size;
  EXPECT_EQ(size.feed("HTTP/2 200 \r\n"), Progress::going_on);
  EXPECT_EQ(size.feed("a: " + std::string(65'000, 'x')), Progress::going_on);
  EXPECT_EQ(size.feed("a: " + std::string(1'000, 'x')), Progress::bad);

  HeadReader lines;
  EXPECT_EQ(lines.feed("HTTP/2 200 \r\n"), Progress::going_on);
  for (int i = 0; i < 511; ++i) EXPECT_EQ(lines.feed("a: b\r\n"), Progress::going_on);
  EXPECT_EQ(lines.feed("a: b\r\n"), Progress::bad);

  HeadReader continues;
  Progress last = Progress::going_on;
  for (int i = 0; i < 257; ++i) {
    last = continues.feed("HTTP/1.1 100 Continue\r\n");
    if (last == Progress::going_on) last = continues.feed("\r\n");
  }
  EXPECT_EQ(last, Progress::bad);
}

TEST(StringSink, KeepsUpToItsLimitAndForgetsAtTheStart) {
  StringSink sink{5};
  EXPECT_TRUE(sink.write("abc"));
  EXPECT_FALSE(sink.write("def"));
  EXPECT_EQ(sink.body(), "abc");
  EXPECT_TRUE(sink.write("de"));
  sink.start({});
  EXPECT_TRUE(sink.write("12345"));
  EXPECT_EQ(sink.take(), "12345");
}

TEST(AttemptSink, HasRoomWhereTheCallerHasItAndForWhatIsNotTheCallers) {
  struct Full : StringSink {
    using StringSink::StringSink;
    bool has_room(std::size_t) override { return false; }
  } full{5};
  AttemptSink sink{full, [](const ResponseHead&) {}};
  sink.start({.status = 200});
  EXPECT_FALSE(sink.has_room(1));
  sink.start({.status = 503});
  EXPECT_TRUE(sink.has_room(1));
}

TEST(RateState, IsReadAsItWasWrittenAndNothingElseIs) {
  const RateState state{28'508'400, 1234, 6000, kNoon + 90s, PauseReason::ban};
  const std::string record = format_rate_state(state);
  EXPECT_EQ(record.size(), kRateRecordSize);
  EXPECT_EQ(parse_rate_state(record), state);
  const RateState extreme{std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max(),
                          std::numeric_limits<std::int64_t>::min(), Timestamp::min(), PauseReason::rate_limit};
  EXPECT_EQ(format_rate_state(extreme).size(), kRateRecordSize);
  EXPECT_EQ(parse_rate_state(format_rate_state(extreme)), extreme);

  for (std::size_t size = 0; size < record.size(); ++size)
    EXPECT_EQ(parse_rate_state(record.substr(0, size)), std::nullopt);
  for (std::size_t i = 0; i < record.size(); ++i) {
    std::string flipped = record;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    EXPECT_EQ(parse_rate_state(flipped), std::nullopt) << i;
  }
  EXPECT_EQ(parse_rate_state(record + "x"), std::nullopt);
  EXPECT_EQ(parse_rate_state(std::string(4096, '\0')), std::nullopt);
}

TEST(RateState, DropsWhatIsOverOrBeyondBelief) {
  const RateState fresh = current({}, kNoon);
  EXPECT_EQ(current({fresh.minute, 7, 100, kNoon + 1s, PauseReason::ban}, kNoon),
            (RateState{fresh.minute, 7, 100, kNoon + 1s, PauseReason::ban}));
  EXPECT_EQ(current({fresh.minute - 1, 7, -1, {}, {}}, kNoon), fresh);
  EXPECT_EQ(current({fresh.minute + 1, 7, 0, {}, {}}, kNoon), fresh);
  EXPECT_EQ(current({fresh.minute, -7, 0, {}, {}}, kNoon), fresh);
  EXPECT_EQ(current({fresh.minute, 0, 0, kNoon, PauseReason::ban}, kNoon), fresh);
  EXPECT_EQ(current({fresh.minute, 0, 0, kNoon + 72h + 1s, PauseReason::ban}, kNoon), fresh);
}

TEST(RateState, MergesToTheStricter) {
  const RateState a{1, 5, 0, kNoon + 1s, PauseReason::ban};
  const RateState b{1, 9, 0, kNoon, PauseReason::rate_limit};
  const RateState strict{1, 9, 0, kNoon + 1s, PauseReason::ban};
  EXPECT_EQ(merge(a, b), strict);
  EXPECT_EQ(merge(b, a), strict);
  EXPECT_EQ(merge({.limit = 100}, {.limit = 200}).limit, 200) << "which others have learnt since";
  EXPECT_EQ(merge({.limit = 100}, {}).limit, 100);
}

TEST(RateFile, NamesAreOneSafeWord) {
  EXPECT_EQ(rate_file_name("https://api.binance.com:443"), "https_api.binance.com_443");
  EXPECT_EQ(rate_file_name("http://[::1]:80"), "http_1_80");
  const std::string evil = rate_file_name("http://../../etc/\n" + std::string(300, 'x') + ":80");
  EXPECT_EQ(evil.find('/'), std::string::npos);
  EXPECT_LE(evil.size(), 200U);
  EXPECT_NE(rate_file_name("http://" + std::string(300, 'x') + "a:80"),
            rate_file_name("http://" + std::string(300, 'x') + "b:80"));
}

}  // namespace
}  // namespace klinekeep::transport
