#include "klinekeep/upstream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/upstream_rules.hpp"
#include "klinekeep/errors.hpp"
#include "klinekeep/kind.hpp"

namespace klinekeep {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(Upstream, IsBinanceUnlessItIsNamed) {
  EXPECT_EQ(Upstream{}.name(), "binance");
  EXPECT_TRUE(Upstream{"binance"}.is_binance());
  EXPECT_FALSE(Upstream{"us"}.is_binance());
  EXPECT_NE(Upstream{"us"}, Upstream{"testnet"});
}

TEST(Upstream, NamesAreFolderNamesThatNoFileSystemFolds) {
  for (const std::string& name :
       std::vector<std::string>{"a", "0", "127.0.0.1_8080", "my-proxy.2_x", std::string(64, 'a')}) {
    EXPECT_EQ(Upstream{name}.name(), name);
  }
  for (const std::string& name : std::vector<std::string>{"", ".", "..", ".a", "-a", "_a", "Binance", "a b", "a/b",
                                                          "a\\b", "a:b", "a@b", "ä", "a\n", std::string(65, 'a')}) {
    EXPECT_THROW(Upstream{name}, InvalidRequest) << name;
  }
  EXPECT_THROW((Upstream{std::string_view{"a\0b", 3}}), InvalidRequest);
  EXPECT_THAT([] { Upstream{"US"}; }, ThrowsMessage<InvalidRequest>(HasSubstr("known are binance, us and testnet")));
}

TEST(UpstreamRules, KnowHostsByHttps) {
  for (const char* name : {"binance", "us", "testnet"}) {
    const UpstreamRules* const rules = rules_of(Upstream{name});
    ASSERT_NE(rules, nullptr) << name;
    EXPECT_FALSE(rules->rest.front().bases.empty()) << "each has a spot market";
    for (const MarketHosts& hosts : rules->rest) {
      for (const std::string_view base : hosts.bases) {
        EXPECT_TRUE(base.starts_with("https://")) << base;
        EXPECT_EQ(owner_of(base), Upstream{name});
      }
      EXPECT_EQ(hosts.bases.empty(), hosts.weight_budget == 0);
      EXPECT_TRUE(hosts.geo_free.empty() || std::ranges::count(hosts.bases, hosts.geo_free) == 1);
    }
    EXPECT_EQ(rules->archive.empty(), name != std::string_view{"binance"});
  }
  EXPECT_EQ(rules_of(Upstream{"mine"}), nullptr);
}

TEST(UpstreamRules, AUrlIsOfWhoeverHasThatHostHoweverItIsSpelt) {
  for (const char* url : {"https://api.binance.com:443", "https://data.binance.vision", "https://api.binance.com.",
                          "https://API.Binance.com:0443/", "http://api.binance.com", "https://api.binance.com:8443"}) {
    EXPECT_EQ(owner_of(url), Upstream{}) << url;
  }
  for (const char* url :
       {"https://testnet.binance.vision", "http://testnet.binance.vision.:80", "https://testnet.binancefuture.com."}) {
    EXPECT_EQ(owner_of(url), Upstream{"testnet"}) << url;
  }
  for (const char* url : {"https://api.binance.com.evil.org", "https://xapi.binance.com", "https://binance.com",
                          "http://127.0.0.1:443", "api.binance.com", ""}) {
    EXPECT_EQ(owner_of(url), std::nullopt) << url;
  }
}

TEST(UpstreamRules, WhatHasNoNameIsCalledAfterItsHostAndPort) {
  EXPECT_EQ(upstream_after("http://127.0.0.1:8080").name(), "127.0.0.1_8080");
  EXPECT_EQ(upstream_after("https://proxy.example").name(), "proxy.example_443");
  EXPECT_EQ(upstream_after("http://proxy.example").name(), "proxy.example_80");
  EXPECT_EQ(upstream_after("http://[::1]:9000").name(), "ipv6--1_9000");
  EXPECT_EQ(upstream_after("https://Proxy.example.:0443/").name(), "proxy.example_443") << "in each spelling";
}

TEST(UpstreamRules, AHostThatCannotBeANameNeedsOne) {
  EXPECT_THAT([] { (void)upstream_after("https://" + std::string(70, 'a') + ".example"); },
              ThrowsMessage<InvalidRequest>(HasSubstr("name the upstream")));
  EXPECT_THROW((void)upstream_after("https://-a"), InvalidRequest);
}

TEST(Kind, HasTheArchivesNames) {
  for (const Kind kind : kKinds) EXPECT_EQ(parse_kind(name(kind)), kind);
  EXPECT_EQ(name(Kind::klines), "klines");
  EXPECT_EQ(parse_kind("data"), std::nullopt);
  EXPECT_EQ(parse_kind(""), std::nullopt);
}

}  // namespace
}  // namespace klinekeep
