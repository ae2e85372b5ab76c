#include "transport/known_hosts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "transport/fakes.hpp"

namespace klinekeep::transport {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::SizeIs;
using Broken = TransportError::Kind;
using Kind = Failure::Kind;

/// Runs, each with a client of its own, that know the same of hosts.
class KnownHostsTest : public testing::Test {
 protected:
  tl::expected<Response, Failure> get(const std::string& url = "http://a/x", bool rest = true, bool lists = false) {
    HostClient run{{.transport = transport_,
                    .limiter = std::make_shared<FreeLimiter>(),
                    .sleeper = std::make_shared<FakeSleeper>(time_),
                    .hosts = hosts_,
                    .exchange_clock = std::make_shared<ExchangeClock>(time_.clock()),
                    .clock = time_.clock(),
                    .random = [] { return 0.5; }}};
    return answer_of(run, {.url = url, .sink = sink_, .rest = rest, .lists = lists});
  }
  void play(std::initializer_list<Play> script) { transport_->script = script; }
  std::size_t asked() const { return transport_->asked().size(); }

  FakeTime time_;
  std::shared_ptr<FakeTransport> transport_ = std::make_shared<FakeTransport>(time_);
  std::shared_ptr<KnownHosts> hosts_ = std::make_shared<KnownHosts>(time_.clock());
  StringSink sink_{1000};
};

TEST_F(KnownHostsTest, WhatOneRunFoundDownIsNotAskedByAnotherForAMinute) {
  play({error(Broken::refused_or_unroutable), error(Broken::refused_or_unroutable), status(200)});
  ASSERT_FALSE(get());
  const auto next = get("http://a/y");
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().kind, Kind::left_alone);
  EXPECT_EQ(next.error().http.url, "http://a/y");
  EXPECT_THAT(next.error().detail,
              HasSubstr("connection refused twice; it is asked again from 2024-03-15T12:01:01Z on"));
  EXPECT_EQ(get("http://a/y", false).error().kind, Kind::left_alone) << "nor as an archive";
  EXPECT_TRUE(get("http://b/x")) << "another host";
  EXPECT_EQ(asked(), 3U);
  time_.pass(60s);
  EXPECT_TRUE(get());
  EXPECT_TRUE(get()) << "it is up again";
}

TEST_F(KnownHostsTest, WhereItIsStillDownItIsLeftAloneAnew) {
  play({error(Broken::refused_or_unroutable)});
  ASSERT_FALSE(get());
  time_.pass(60s);
  EXPECT_EQ(get().error().kind, Kind::unavailable);
  EXPECT_EQ(get().error().kind, Kind::left_alone);
  EXPECT_EQ(asked(), 4U);
}

class Refused : public KnownHostsTest, public testing::WithParamInterface<int> {};

TEST_P(Refused, IsOneRequestInFiveMinutes) {
  play({status(GetParam()), status(200)});
  EXPECT_EQ(get()->head.status, GetParam());
  const auto next = get();
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().kind, Kind::left_alone);
  EXPECT_EQ(next.error().http.status, GetParam()) << "so that it is told, and the right host asked next";
  EXPECT_THAT(next.error().detail, HasSubstr("it refused before: HTTP " + std::to_string(GetParam())));
  time_.pass(5min - 1s);
  EXPECT_FALSE(get());
  EXPECT_EQ(asked(), 1U);
  time_.pass(1s);
  EXPECT_TRUE(get());
}

INSTANTIATE_TEST_SUITE_P(By, Refused, testing::Values(403, 451));

TEST_F(KnownHostsTest, WhoRefusesToListMayServeFiles) {
  play({status(403), status(200)});
  ASSERT_TRUE(get("http://a/?prefix=x", false, true));
  EXPECT_EQ(get("http://a/?prefix=y", false, true).error().kind, Kind::left_alone);
  EXPECT_TRUE(get("http://a/x.zip", false));
}

TEST_F(KnownHostsTest, OtherAnswersAreNoRefusal) {
  for (const int code : {200, 301, 400, 401, 404}) {
    play({status(code)});
    EXPECT_TRUE(get()) << code;
    EXPECT_TRUE(get()) << code;
  }
}

TEST_F(KnownHostsTest, WhatSaysNothingOfTheHostLeavesItUp) {
  play({status(200, {}, std::string(1001, 'x')), error(Broken::ran_out), status(429, {{"Retry-After", "500"}}),
        status(200)});
  EXPECT_EQ(get().error().kind, Kind::too_large);
  EXPECT_EQ(get().error().kind, Kind::ran_out);
  EXPECT_EQ(get().error().kind, Kind::rate_limited);
  EXPECT_TRUE(get());
}

TEST_F(KnownHostsTest, AFileThatAlwaysBreaksOffLeavesTheHostUpButNotFourOfThem) {
  Play breaks = status(200, {}, "x");
  breaks.error = Broken::broken;
  play({breaks});
  for (int file = 1; file <= kMostBrokenOff; ++file) {
    time_.set_clock(kNoon);  // as they are under way side by side
    const auto failure = get("http://a/" + std::to_string(file));
    ASSERT_FALSE(failure);
    EXPECT_EQ(failure.error().kind, Kind::unavailable) << file;
  }
  EXPECT_EQ(get().error().kind, Kind::left_alone);

  hosts_ = std::make_shared<KnownHosts>(time_.clock());
  for (int file = 1; file <= 2 * kMostBrokenOff; ++file) {
    EXPECT_EQ(get().error().kind, Kind::unavailable) << "one after the other, " << file;
    time_.pass(kLeftAloneWhenDown);
  }
}

/// Each call for itself would wait, and ask three times more.
TEST_F(KnownHostsTest, WhoLimitsUsAfterAllWaitsIsAskedByNobodyForTwoMinutes) {
  for (const int limited : {429, 418}) {
    hosts_ = std::make_shared<KnownHosts>(time_.clock());
    play({status(limited, {{"Retry-After", "1"}})});
    const auto first = get("http://a/1", false);
    ASSERT_FALSE(first);
    EXPECT_EQ(first.error().kind, Kind::rate_limited);
    const std::size_t before = asked();
    const auto next = get("http://a/2", false);
    ASSERT_FALSE(next);
    EXPECT_EQ(next.error().kind, Kind::rate_limited);
    EXPECT_EQ(next.error().http.status, limited);
    EXPECT_THAT(next.error().detail, HasSubstr("not asked, as it limits us: "));
    EXPECT_EQ(asked(), before);
    time_.pass(kLeftAloneWhenLimited);
    play({status(200)});
    EXPECT_TRUE(get("http://a/2", false));
  }
}

TEST_F(KnownHostsTest, AHostThatIsDownDoesNotListEither) {
  play({error(Broken::timed_out)});
  EXPECT_EQ(get("http://a/x", false).error().kind, Kind::unavailable);
  const std::size_t before = asked();
  EXPECT_EQ(get("http://a/?list", false, true).error().kind, Kind::left_alone);
  EXPECT_EQ(asked(), before);
  time_.pass(60s);
  play({status(200)});
  EXPECT_TRUE(get("http://a/?list", false, true));
}

TEST_F(KnownHostsTest, AClockThatIsSetBackEndsIt) {
  play({status(403), status(200)});
  ASSERT_TRUE(get());
  time_.set_clock(kNoon - 1h);
  EXPECT_TRUE(get());
}

/// While one call finds out whether a host is up again, others wait for what it finds, and ask nothing.
TEST_F(KnownHostsTest, OneCallAloneFindsOut) {
  for (const bool rest : {true, false}) {
    play({error(Broken::refused_or_unroutable)});
    ASSERT_FALSE(get("http://a/x", rest));
    time_.pass(60s);
    const std::size_t before = asked();
    std::atomic<int> left_alone = 0;
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&] {
          if (get("http://a/x", rest).error().kind == Kind::left_alone) ++left_alone;
        });
      }
    }
    EXPECT_EQ(left_alone, 7);
    EXPECT_EQ(asked() - before, 2U) << "two quick tries of one call";
    time_.pass(60s);
  }
}

}  // namespace
}  // namespace klinekeep::transport
