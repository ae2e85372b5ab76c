// What one exchange says never answers for another: which one a request is about, by all that may be said of it.

#include "manager/exchange.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "klinekeep/errors.hpp"

namespace klinekeep::manager {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr const char* kA = "http://127.0.0.1:1111";
constexpr const char* kB = "http://127.0.0.1:2222";

/// What is said of a client: where it asks, and its name. Empty: nothing.
struct Said {
  const char* url = "";
  const char* name = "";
  bool is_handed_over = false;
};

RestOptions rest(const Said& said) {
  RestOptions options;
  if (*said.url != '\0') options.base_urls = {said.url};
  if (*said.name != '\0') options.upstream = Upstream{said.name};
  return options;
}

VisionOptions vision(const Said& said) {
  VisionOptions options;
  options.base_url = said.url;
  if (*said.name != '\0') options.upstream = Upstream{said.name};
  return options;
}

ManagerOptions options_of(const char* name, const Said& of_rest, const Said& of_vision) {
  ManagerOptions options;
  if (*name != '\0') options.upstream = Upstream{name};
  options.rest_options = rest(of_rest);
  options.vision_options = vision(of_vision);
  if (of_rest.is_handed_over) options.rest_client = std::make_shared<const EnhancedRetriever>(rest(of_rest));
  if (of_vision.is_handed_over) options.vision_client = std::make_shared<const VisionDataClient>(vision(of_vision));
  return options;
}

/// `-`: InvalidRequest.
std::string upstream(const Exchange& exchange, DataSource source) {
  try {
    return exchange.upstream(source).name();
  } catch (const InvalidRequest&) {
    return "-";
  }
}

TEST(Exchange, IsOneOrNeedsAName) {
  struct Row {
    const char* name;
    Said rest;
    Said vision;
    std::string of_rest;
    std::string of_vision;
    std::string of_both;
  };
  const std::string a = "127.0.0.1_1111";
  const std::string b = "127.0.0.1_2222";
  const std::vector<Row> rows{
      {"", {}, {}, "binance", "binance", "binance"},
      {"", {kA}, {kA}, a, a, a},
      {"", {kA}, {kB}, a, b, "-"},
      {"", {kA}, {}, a, "binance", "-"},
      {"", {}, {kB}, "binance", b, "-"},
      {"", {"https://api.binance.us"}, {}, "us", "us", "us"},
      {"", {"https://api1.binance.com"}, {}, "binance", "binance", "binance"},
      {"", {"https://api.binance.us"}, {kB}, "us", b, "-"},
      {"", {"", "testnet"}, {}, "testnet", "testnet", "testnet"},
      {"", {kA, "mine"}, {}, "mine", "mine", "mine"},
      {"", {kA, "mine"}, {kB}, "mine", b, "-"},
      {"", {}, {kB, "mine"}, "mine", "mine", "mine"},
      {"binance", {kA}, {kB}, "binance", "binance", "binance"},
      {"binance", {kA}, {}, "binance", "binance", "binance"},
      {"us", {}, {}, "us", "us", "us"},
      {"mine", {kA}, {}, "mine", "mine", "mine"},
  };
  for (const Row& row : rows) {
    const auto about = testing::Message() << row.name << '|' << row.rest.url << '|' << row.vision.url;
    const Exchange exchange{options_of(row.name, row.rest, row.vision)};
    EXPECT_EQ(upstream(exchange, DataSource::REST), row.of_rest) << about;
    EXPECT_EQ(upstream(exchange, DataSource::VISION), row.of_vision) << about;
    EXPECT_EQ(upstream(exchange, DataSource::AUTO), row.of_both) << about;
    EXPECT_EQ(upstream(exchange, DataSource::CACHE), row.of_both) << about;
  }
}

TEST(Exchange, OfAClientThatWasHandedOverIsItsOwn) {
  const Exchange exchange{options_of("", {"", "", true}, {kB, "", true})};
  EXPECT_EQ(upstream(exchange, DataSource::REST), "binance");
  EXPECT_EQ(upstream(exchange, DataSource::VISION), "127.0.0.1_2222");
  EXPECT_EQ(upstream(exchange, DataSource::AUTO), "-");
  // A client that asks Binance's own hosts does not follow the other one.
  const Exchange other{options_of("", {"", "us", true}, {"", "", true})};
  EXPECT_EQ(upstream(other, DataSource::REST), "us");
  EXPECT_EQ(upstream(other, DataSource::AUTO), "-");
}

TEST(Exchange, ThatDisagreesIsRefusedAtOnce) {
  for (const ManagerOptions& options :
       {options_of("mine", {kA, "other"}, {}), options_of("mine", {kA, "other", true}, {}),
        options_of("mine", {}, {kB, "other"}), options_of("", {kA, "one"}, {kB, "other"}),
        options_of("testnet", {"https://api.binance.com"}, {}), options_of("testnet", {"", "", true}, {}),
        options_of("testnet", {}, {"", "", true})}) {
    EXPECT_THROW(Exchange{options}, InvalidRequest);
    EXPECT_THROW(DataSourceManager{options}, InvalidRequest);
  }
}

TEST(Exchange, IsNotCalledOtherwiseThanItsHostsAre) {
  for (const ManagerOptions& options : {options_of("testnet", {"https://api.binance.com", "testnet"}, {"", "testnet"}),
                                        options_of("binance", {"https://TESTNET.Binance.vision:443", "binance"}, {}),
                                        options_of("", {"https://api.binance.us", "binance"}, {kB}),
                                        options_of("us", {"", "us"}, {"https://data.binance.vision", "us"})}) {
    EXPECT_THROW(Exchange{options}, InvalidRequest);
  }
  ManagerOptions two = options_of("", {}, {});
  two.rest_options.base_urls = {kA, "https://testnet.binance.vision"};
  EXPECT_THROW(Exchange{two}, InvalidRequest);
  two.rest_options.base_urls = {kA, "https://API.binance.com"};
  two.upstream = Upstream{"binance"};
  EXPECT_EQ(upstream(Exchange{two}, DataSource::AUTO), "binance") << "a mirror, and Binance itself";
}

TEST(Exchange, WithoutANameSaysBothWaysOut) {
  const Exchange exchange{options_of("", {kA}, {})};
  EXPECT_THAT([&] { (void)exchange.upstream(DataSource::AUTO); },
              ThrowsMessage<InvalidRequest>(AllOf(HasSubstr(kA), HasSubstr("https://data.binance.vision"),
                                                  HasSubstr("name the upstream"), HasSubstr("127.0.0.1_1111"))));
}

TEST(Exchange, WithoutAnArchiveIsAskedByRest) {
  for (const char* name : {"us", "testnet"}) {
    const Exchange exchange{options_of(name, {}, {})};
    EXPECT_EQ(exchange.asked_of(DataSource::AUTO), DataSource::REST) << name;
    EXPECT_EQ(exchange.asked_of(DataSource::CACHE), DataSource::CACHE);
    EXPECT_THROW((void)exchange.asked_of(DataSource::VISION), InvalidRequest);
  }
  EXPECT_EQ(Exchange{options_of("", {}, {})}.asked_of(DataSource::AUTO), DataSource::AUTO);
  EXPECT_EQ(Exchange{options_of("us", {}, {kA})}.asked_of(DataSource::AUTO), DataSource::AUTO);
  const Exchange nobody{options_of("mine", {}, {kA})};
  EXPECT_THROW((void)nobody.asked_of(DataSource::AUTO), InvalidRequest);
  EXPECT_THROW((void)nobody.asked_of(DataSource::REST), InvalidRequest);
  EXPECT_EQ(nobody.asked_of(DataSource::VISION), DataSource::VISION);
}

TEST(Exchange, ClientsThatAreMadeAskItsHosts) {
  const Exchange exchange{options_of("testnet", {}, {})};
  EXPECT_THAT(sources::rest_bases(exchange.rest(), MarketType::SPOT).front(), HasSubstr("testnet"));
  EXPECT_FALSE(sources::has_archive(exchange.vision()));
  const Exchange followed{options_of("", {"https://api.binance.us"}, {})};
  EXPECT_FALSE(sources::has_archive(followed.vision())) << "Binance's archive is another exchange's";
}

}  // namespace
}  // namespace klinekeep::manager
