// Names and URLs from the caller, the environment and the config file: what belongs together.

#include "input/exchange_words.hpp"

#include <gtest/gtest.h>

#include <array>

namespace klinekeep::input {
namespace {

constexpr const char* kA = "http://127.0.0.1:1111";
constexpr const char* kB = "http://127.0.0.1:2222";
constexpr const char* kUs = "https://api.binance.us";

/// A name, the URL of REST, that of the archive; empty: nothing is said.
struct Level {
  const char* name = "";
  const char* rest = "";
  const char* vision = "";
};

ExchangeWords words(const Level& level) {
  ExchangeWords said;
  if (*level.rest != '\0') said.rest_urls = {{level.rest}};
  if (*level.vision != '\0') said.vision_url = Said{level.vision};
  if (*level.name != '\0') said.name = Said{level.name};
  return said;
}

std::string text_of(const std::optional<Upstream>& name) { return name ? name->name() : ""; }

struct Row {
  const char* why;
  Level caller;
  Level environment;
  Level file;
  Level rest;  // name and URL that come of it
  Level vision;
  const char* both;
};

const std::vector<Row> kRows{
    {"nothing is said", {}, {}, {}, {}, {}, ""},
    {"a name covers the URLs of its level",
     {},
     {},
     {"binance", kA, kA},
     {"binance", kA},
     {"binance", "", kA},
     "binance"},
    {"and those below that have no name", {"mine"}, {"", kA, kA}, {}, {"mine", kA}, {"mine", "", kA}, "mine"},
    {"a mirror of Binance is named so from above",
     {"binance"},
     {},
     {"", kA, kB},
     {"binance", kA},
     {"binance", "", kB},
     "binance"},
    {"a mirror of Binance does not answer for another",
     {"testnet"},
     {},
     {"binance", kA, kA},
     {"testnet"},
     {"testnet"},
     "testnet"},
    {"nor for one whose hosts nobody knows", {"foo"}, {}, {"binance", kA, kA}, {"foo"}, {"foo"}, "foo"},
    {"the same name keeps it", {"binance"}, {}, {"binance", kA, kA}, {"binance", kA}, {"binance", "", kA}, "binance"},
    {"us and testnet are asked at their own hosts", {"us"}, {"", kA, kA}, {}, {"us"}, {"us"}, "us"},
    {"unless the URL is given with the name", {"us", kA}, {}, {}, {"us", kA}, {"us"}, "us"},
    {"a host that is another's is left alone", {"binance"}, {"", kUs}, {}, {"binance"}, {"binance"}, "binance"},
    {"a name below covers no URL", {"", kA, kA}, {"binance"}, {}, {"", kA}, {"", "", kA}, ""},
    {"nor the source beside it", {"", kA}, {"binance"}, {}, {"", kA}, {}, ""},
    {"but those of its own level", {"", kA}, {"mine", "", kB}, {}, {"", kA}, {"mine", "", kB}, ""},
    {"what is left gives way to what is below", {"foo"}, {"binance", kA}, {"foo", kB}, {"foo", kB}, {"foo"}, "foo"},
    {"each source from its highest level", {"", kA}, {"", kB, kB}, {}, {"", kA}, {"", "", kB}, ""},
    {"the mirror of an archive is not joined with another's REST",
     {"foo", kB},
     {},
     {"binance", "", kA},
     {"foo", kB},
     {"foo"},
     "foo"},
};

TEST(ExchangeWords, BelongTogetherWhereNothingSpeaksAgainstIt) {
  for (const Row& row : kRows) {
    const ExchangeChoice choice =
        choose_exchange(std::array{words(row.caller), words(row.environment), words(row.file)});
    const std::vector<std::string> rest_urls{row.rest.rest};
    EXPECT_EQ(choice.rest_urls, *row.rest.rest == '\0' ? std::vector<std::string>{} : rest_urls) << row.why;
    EXPECT_EQ(choice.vision_url, row.vision.vision) << row.why;
    EXPECT_EQ(text_of(choice.rest), row.rest.name) << row.why;
    EXPECT_EQ(text_of(choice.vision), row.vision.name) << row.why;
    EXPECT_EQ(text_of(choice.both), row.both) << row.why;
  }
}

}  // namespace
}  // namespace klinekeep::input
