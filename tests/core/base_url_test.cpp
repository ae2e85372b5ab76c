#include "core/base_url.hpp"

#include <gtest/gtest.h>

#include "klinekeep/errors.hpp"

namespace klinekeep {
namespace {

TEST(BaseUrl, IsOneOfAHostHoweverThatIsSpelt) {
  struct Row {
    const char* text;
    const char* host;
    int port;
  };
  for (const Row& row : {Row{"https://a.example", "a.example", 443}, Row{"http://a.example", "a.example", 80},
                         Row{"https://A.Example./", "a.example", 443}, Row{"https://a.example:0443", "a.example", 443},
                         Row{"http://a.example.:8080", "a.example", 8080}, Row{"http://[::A]:00009", "[::a]", 9},
                         Row{"http://my_host", "my_host", 80}, Row{"http://a.example:65535", "a.example", 65535}}) {
    const auto found = read_base_url(row.text);
    ASSERT_TRUE(found) << row.text;
    EXPECT_EQ(found->host, row.host) << row.text;
    EXPECT_EQ(found->port, row.port) << row.text;
  }
}

TEST(BaseUrl, HasNoPathNoUserAndNoEscapes) {
  for (const char* text : {"",
                           "a.example",
                           "ftp://a.example",
                           "HTTPS://a.example",
                           "https:/a.example",
                           "https://",
                           "https:///",
                           "https://a.example//",
                           "https://a.example/path",
                           "https://a.example?q",
                           "https://a.example#f",
                           "https://user@a.example",
                           "https://user:word@a.example",
                           "https://a%2Eexample",
                           "https://a\u3002example",
                           "https://a.example:",
                           "https://a.example:65536",
                           "https://a.example:000443",
                           "https://a.example:-1",
                           "https://a.example:1x",
                           "https://.",
                           "https://a.example..",
                           "https://[::1",
                           "https://[]",
                           "https://[g::]",
                           "https://[::1]x",
                           " https://a.example",
                           "https://a.example ",
                           "https://a.example\n"}) {
    EXPECT_EQ(read_base_url(text), std::nullopt) << text;
    EXPECT_THROW((void)parse_base_url("the URL", text), InvalidRequest) << text;
  }
}

TEST(BaseUrl, LosesTheSlashThatEndsIt) {
  EXPECT_EQ(parse_base_url("the URL", "https://A.example:0443/"), "https://A.example:0443");
}

}  // namespace
}  // namespace klinekeep
