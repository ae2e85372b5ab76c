// Which host of a market is asked.
#include "sources/rest_hosts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sources/fake_network.hpp"

namespace klinekeep::sources {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using transport::error;
using transport::status;
using Broken = transport::TransportError::Kind;
using First = RestHosts::First;

class RestHostsTest : public testing::Test {
 protected:
  void ask_of(std::vector<std::string> bases) {
    options_.base_urls = std::move(bases);
    options_.clock = network_.time.clock();
    hosts_ = std::make_unique<RestHosts>(MarketType::SPOT, options_, network_.services());
  }
  tl::expected<RestHosts::Answer, StepResult> get(First first = First::usual) {
    return hosts_->get({.make_url = [](std::string_view base) { return std::string{base} + "/x"; },
                        .weight = 2,
                        .max_bytes = 1000,
                        .first = first},
                       {});
  }
  void play(std::initializer_list<transport::Play> script) { network_.transport->script = script; }

  FakeNetwork network_;
  RestOptions options_;
  std::unique_ptr<RestHosts> hosts_;
};

TEST_F(RestHostsTest, AnotherIsTheNextOneInTurn) {
  ask_of({"http://a", "http://b", "http://c"});
  EXPECT_FALSE(get()->by_another_host);
  EXPECT_TRUE(get(First::another)->by_another_host);
  EXPECT_FALSE(get()->by_another_host);
  EXPECT_THAT(network_.transport->asked(), ElementsAre("http://a/x", "http://b/x", "http://a/x"))
      << "who was asked beside does not become the usual one";
}

TEST_F(RestHostsTest, WhatRunsOutHereIsNoReasonToAskTheNextHost) {
  ask_of({"http://a", "http://b"});
  play({error(Broken::ran_out), status(200)});
  try {
    (void)get();
    FAIL() << "an answer of a host";
  } catch (const CacheError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("http://a/x"));
  }
  EXPECT_THAT(network_.transport->asked(), ElementsAre("http://a/x"));
  EXPECT_FALSE(get()->by_another_host);
}

TEST_F(RestHostsTest, AfterTheLastOneAnotherIsTheFirst) {
  ask_of({"http://a", "http://b"});
  play({error(Broken::refused_or_unroutable), error(Broken::refused_or_unroutable), status(200)});
  EXPECT_TRUE(get()->by_another_host);  // a is down, so b is the usual one from now on
  play({status(200)});
  hosts_ = std::make_unique<RestHosts>(MarketType::SPOT, options_, network_.services());
  play({status(403), status(200)});
  ASSERT_TRUE(get());
  network_.time.pass(transport::kLeftAloneWhenRefused);
  EXPECT_TRUE(get(First::another)->by_another_host);
  EXPECT_EQ(network_.transport->asked().back(), "http://a/x");
}

TEST_F(RestHostsTest, AloneItIsAskedAgainItself) {
  ask_of({"http://a"});
  EXPECT_FALSE(get(First::another)->by_another_host);
  EXPECT_FALSE(get(First::another)->by_another_host);
  EXPECT_THAT(network_.transport->asked(), ElementsAre("http://a/x", "http://a/x"));
}

TEST_F(RestHostsTest, WhereTheOthersAreDownTheUsualOneIsAskedAgain) {
  ask_of({"http://a", "http://b", "http://c"});
  ASSERT_TRUE(get());
  play({status(403), error(Broken::refused_or_unroutable), error(Broken::refused_or_unroutable), status(200)});
  const auto answer = get(First::another);
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->by_another_host);
  EXPECT_THAT(network_.transport->asked(),
              ElementsAre("http://a/x", "http://b/x", "http://c/x", "http://c/x", "http://a/x"));
}

TEST_F(RestHostsTest, AllOfThemTogetherHaveThePatienceOfOneCall) {
  ask_of({"http://a", "http://b", "http://c"});
  play({error(Broken::timed_out, std::chrono::seconds{31})});
  ASSERT_FALSE(get());
  EXPECT_EQ(network_.time.now() - transport::kNoon, std::chrono::seconds{30});
  EXPECT_THAT(network_.transport->asked(), ElementsAre("http://a/x", "http://b/x", "http://c/x"));
}

TEST_F(RestHostsTest, AHostThatRefusedIsNotAskedAgainAndTheOneForEveryRegionIsNext) {
  network_.hosts = std::make_shared<transport::KnownHosts>(network_.time.clock());
  const std::vector<std::string> hosts{"https://api.binance.com", "https://api1.binance.com",
                                       "https://data-api.binance.vision"};
  play({status(451), status(200)});
  for (int run = 0; run < 2; ++run) {
    ask_of(hosts);
    ASSERT_TRUE(get());
  }
  EXPECT_THAT(network_.transport->asked(), ElementsAre("https://api.binance.com/x", "https://data-api.binance.vision/x",
                                                       "https://data-api.binance.vision/x"));
}

TEST_F(RestHostsTest, ARateLimitIsNotEvadedByAskingAnother) {
  ask_of({"http://a", "http://b"});
  play({status(429, {{"Retry-After", "500"}})});
  const auto answer = get(First::another);
  ASSERT_FALSE(answer);
  EXPECT_THAT(network_.transport->asked(), SizeIs(1));
}

TEST_F(RestHostsTest, ADateThatCannotBeRightIsToldOnce) {
  ask_of({"http://a"});
  play({status(200, {{"Date", "Fri, 15 Mar 2024 04:00:00 GMT"}})});
  EXPECT_THAT(get()->remarks, SizeIs(1));
  EXPECT_THAT(get()->remarks, IsEmpty());
  hosts_ = std::make_unique<RestHosts>(MarketType::SPOT, options_, network_.services());
  EXPECT_THAT(get()->remarks, SizeIs(1)) << "of each run";
}

TEST_F(RestHostsTest, AnAnswersTimesAreItsOwn) {
  ask_of({"http://a"});
  play({{.status = 200,
         .headers = {{"Date", "Fri, 15 Mar 2024 12:00:01 GMT"}},
         .takes = std::chrono::seconds{2},
         .body_takes = std::chrono::seconds{8}},
        {.status = 200, .takes = std::chrono::seconds{1}}});
  const planner::AnswerTimes dated = get()->times;
  EXPECT_EQ(dated.asked_at, transport::kNoon);
  EXPECT_EQ(dated.heard_at, transport::kNoon + std::chrono::seconds{2});
  EXPECT_EQ(dated.as_of, transport::kNoon + std::chrono::seconds{1});
  const planner::AnswerTimes undated = get()->times;
  EXPECT_EQ(undated.as_of, transport::kNoon + std::chrono::seconds{10}) << "not by the Date of the one before";
  EXPECT_EQ(undated.heard_at, transport::kNoon + std::chrono::seconds{11});
}

}  // namespace
}  // namespace klinekeep::sources
