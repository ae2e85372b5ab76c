#include "sources/client_hosts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "klinekeep/errors.hpp"
#include "sources/archive_client.hpp"
#include "sources/rest_client.hpp"

namespace klinekeep::sources {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::ThrowsMessage;

constexpr const char* kOwn = "http://127.0.0.1:8080";

RestOptions rest(std::vector<std::string> urls, const char* name = nullptr) {
  RestOptions options;
  options.base_urls = std::move(urls);
  if (name != nullptr) options.upstream = Upstream{name};
  return options;
}

VisionOptions vision(std::string url, const char* name = nullptr) {
  VisionOptions options;
  options.base_url = std::move(url);
  if (name != nullptr) options.upstream = Upstream{name};
  return options;
}

TEST(ClientHosts, AClientIsOfItsNameElseOfItsHostsElseCalledAfterThem) {
  struct Row {
    RestOptions options;
    const char* name;
    bool is_certain;
  };
  for (const Row& row : std::vector<Row>{{rest({}), "binance", true},
                                         {rest({}, "testnet"), "testnet", true},
                                         {rest({kOwn}), "127.0.0.1_8080", false},
                                         {rest({kOwn, "http://127.0.0.1:9"}), "127.0.0.1_8080", false},
                                         {rest({"https://API.BINANCE.US/"}), "us", true},
                                         {rest({"https://api.binance.us"}), "us", true},
                                         {rest({kOwn}, "binance"), "binance", true},
                                         {rest({}, "mine"), "mine", true}}) {
    const ClientUpstream found = upstream_of(row.options);
    EXPECT_EQ(found.name, Upstream{row.name});
    EXPECT_EQ(found.is_certain, row.is_certain) << row.name;
    EXPECT_EQ(RestClient{row.options}.upstream(), Upstream{row.name});
  }
  EXPECT_EQ(upstream_of(vision("")).name, Upstream{});
  EXPECT_EQ(upstream_of(vision(kOwn)).name, Upstream{"127.0.0.1_8080"});
  EXPECT_FALSE(upstream_of(vision(kOwn)).is_certain);
  EXPECT_EQ(ArchiveClient{vision(kOwn, "mine")}.upstream(), Upstream{"mine"});
}

TEST(ClientHosts, AreOfOneUpstreamAsFarAsTheyAreKnown) {
  for (const RestOptions& options :
       {rest({"https://api.binance.us"}, "binance"), rest({"https://api.binance.com"}, "mine"),
        rest({kOwn, "https://API.binance.com:443/"}, "us"),
        rest({"https://api.binance.com", "https://testnet.binance.vision"})}) {
    EXPECT_THAT([&] { RestClient{options}; }, ThrowsMessage<InvalidRequest>(HasSubstr("never answers for another")));
  }
  EXPECT_THROW(ArchiveClient{vision("https://data.binance.vision", "mine")}, InvalidRequest);
  EXPECT_EQ(upstream_of(rest({kOwn, "https://api.binance.com"}, "binance")).name, Upstream{});
}

TEST(ClientHosts, OfWhichSomeAreKnownNeedANameInAnyOrder) {
  constexpr const char* kKnown = "https://api.binance.com";
  for (const auto& urls : std::vector<std::vector<std::string>>{
           {kOwn, kKnown}, {kKnown, kOwn}, {kKnown, "https://api1.binance.com", kOwn}}) {
    EXPECT_THAT([&] { RestClient{rest(urls)}; },
                ThrowsMessage<InvalidRequest>(
                    AllOf(HasSubstr(kOwn), HasSubstr("name the upstream"), HasSubstr("`binance` for a mirror of it"))));
    EXPECT_EQ(upstream_of(rest(urls, "binance")).name, Upstream{});
  }
}

TEST(ClientHosts, AreAskedAtBaseUrlsOnly) {
  for (const char* url : {"https://user@api.binance.us", "https://api%2Ebinance.us", "http://127.0.0.1/proxy", ""}) {
    EXPECT_THAT([&] { RestClient{rest({url}, "binance")}; },
                ThrowsMessage<InvalidRequest>(HasSubstr("scheme://host:port")))
        << url;
  }
  EXPECT_THROW(ArchiveClient{vision("https://data%2Ebinance.vision", "mine")}, InvalidRequest);
}

TEST(ClientHosts, RestIsAskedAtItsUrlsElseAtTheHostsOfTheMarket) {
  EXPECT_THAT(rest_bases(rest({}), MarketType::SPOT), SizeIs(7));
  EXPECT_THAT(rest_bases(rest({}), MarketType::FUTURES_COIN), ElementsAre("https://dapi.binance.com"));
  EXPECT_THAT(rest_bases(rest({}, "testnet"), MarketType::FUTURES_USDT),
              ElementsAre("https://testnet.binancefuture.com"));
  EXPECT_THAT(rest_bases(rest({kOwn}, "us"), MarketType::FUTURES_USDT), ElementsAre(kOwn));
  EXPECT_THAT([] { (void)rest_bases(rest({}, "us"), MarketType::FUTURES_USDT); },
              ThrowsMessage<InvalidRequest>(HasSubstr("us has no market um")));
  EXPECT_THAT([] { (void)rest_bases(rest({}, "mine"), MarketType::SPOT); },
              ThrowsMessage<InvalidRequest>(HasSubstr("no host of upstream mine is known")));
}

TEST(ClientHosts, ArchiveAndListingAreOneUpstreams) {
  EXPECT_EQ(archive_base(vision("")), "https://data.binance.vision");
  EXPECT_THAT(listing_base(vision("")), HasSubstr("amazonaws.com"));
  EXPECT_EQ(listing_base(vision("https://data.binance.vision")), listing_base(vision("")));
  EXPECT_EQ(archive_base(vision(kOwn, "binance")), kOwn);
  EXPECT_EQ(listing_base(vision(kOwn, "binance")), kOwn);
  for (const char* name : {"us", "testnet", "mine"}) {
    EXPECT_FALSE(has_archive(vision("", name))) << name;
    EXPECT_TRUE(has_archive(vision(kOwn, name))) << name;
    EXPECT_THAT([&] { (void)archive_base(vision("", name)); },
                ThrowsMessage<InvalidRequest>(HasSubstr("has no archive")));
  }
}

}  // namespace
}  // namespace klinekeep::sources
