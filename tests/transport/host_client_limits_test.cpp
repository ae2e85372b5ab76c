#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "transport/host_client_fixture.hpp"

namespace klinekeep::transport {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using Kind = Failure::Kind;
using Broken = TransportError::Kind;

struct Pause {
  const char* name;
  int status;
  const char* retry_after;  // null: absent
  const char* date;
  const char* body;
  std::chrono::seconds waits;

  [[nodiscard]] Play play() const {
    Play play = transport::status(status, {}, body);
    if (retry_after != nullptr) play.headers.push_back({"retry-after", retry_after});
    if (date != nullptr) play.headers.push_back({"Date", date});
    return play;
  }
};

class Pauses : public HostClientTest, public testing::WithParamInterface<Pause> {};

TEST_P(Pauses, AreWaitedForAndGoneOnAfterOrFailAtOnceAbove120Seconds) {
  const Pause& pause = GetParam();
  play({pause.play(), status(200, {}, "ok")});
  const auto result = get();
  if (pause.waits <= 120s) {
    ASSERT_TRUE(result) << result.error().detail;
    EXPECT_EQ(result->attempts, 2);
    EXPECT_THAT(sleeper_->slept(), ElementsAre(pause.waits));
    EXPECT_EQ(client_->counters().waits, 1);
    EXPECT_EQ(client_->counters().waited, pause.waits);
    return;
  }
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, Kind::rate_limited);
  EXPECT_EQ(result.error().http.status, pause.status);
  EXPECT_EQ(result.error().http.retry_after, pause.waits);
  EXPECT_EQ(asked(), 1U);
  EXPECT_THAT(sleeper_->slept(), SizeIs(0));

  const auto next = get();  // the host is not down, but nobody asks it either
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().kind, Kind::rate_limited);
  EXPECT_EQ(next.error().http.status, 0);
  EXPECT_EQ(next.error().http.retry_after, pause.waits);
  EXPECT_THAT(next.error().detail, HasSubstr(pause.status == 418 ? "banned by the host" : "paused by the host"));
  EXPECT_EQ(asked(), 1U);
}

constexpr const char* kBannedFor40s =
    R"({"code":-1003,"msg":"Way too much request weight used; IP banned until 1710504040000. Please use…"})";
constexpr const char* kBannedFor10min = R"({"code":-1003,"msg":"IP banned until 1710504600000."})";

constexpr Pause kPauses[] = {
    {"absent", 429, nullptr, nullptr, "", 60s},
    {"seconds", 429, "7", nullptr, "", 7s},
    {"longest", 429, "120", nullptr, "", 120s},
    {"too_long", 429, "121", nullptr, "", 121s},
    {"zero", 429, "0", nullptr, "", 1s},
    {"rubbish", 429, "soon", nullptr, "", 60s},
    {"empty", 429, "", nullptr, "", 60s},
    {"negative", 429, "-5", nullptr, "", 60s},
    {"date", 429, "Fri, 15 Mar 2024 12:00:30 GMT", nullptr, "", 30s},
    {"date_by_the_hosts_clock", 429, "Fri, 15 Mar 2024 13:00:30 GMT", "Fri, 15 Mar 2024 13:00:00 GMT", "", 30s},
    {"past_date", 429, "Fri, 15 Mar 2024 11:00:00 GMT", nullptr, "", 1s},
    {"ban", 418, "90", nullptr, "", 90s},
    {"long_ban", 418, "259200", nullptr, "", 259200s},
    {"ban_absent", 418, nullptr, nullptr, "", 180s},
    {"ban_rubbish", 418, "x", nullptr, "banned until soon", 180s},
    {"ban_in_body", 418, nullptr, kDate, kBannedFor40s, 40s},
    {"ban_in_body_long", 418, nullptr, nullptr, kBannedFor10min, 600s},
    {"ban_header_before_body", 418, "5", nullptr, kBannedFor10min, 5s},
    {"ban_in_body_of_429", 429, nullptr, nullptr, kBannedFor10min, 600s},
};

INSTANTIATE_TEST_SUITE_P(HostClient, Pauses, testing::ValuesIn(kPauses),
                         [](const auto& pause) { return std::string{pause.param.name}; });

TEST_F(HostClientTest, AHugeRetryAfterIsRememberedForThreeDays) {
  play({status(429, {{"Retry-After", "99999999999999999999"}})});
  ASSERT_FALSE(get());
  time_.pass(71h);
  EXPECT_EQ(get().error().kind, Kind::rate_limited);
  time_.pass(1h);
  play({status(200)});
  restart();
  EXPECT_TRUE(get());
}

TEST_F(HostClientTest, ARequestWaitsThreeTimesForTheRateLimitAndNoMore) {
  play({status(429, {{"Retry-After", "60"}})});
  const auto failure = get();
  ASSERT_FALSE(failure);
  EXPECT_EQ(failure.error().kind, Kind::rate_limited);
  EXPECT_EQ(failure.error().http.retry_after, 60s);
  EXPECT_EQ(asked(), 4U);
  EXPECT_THAT(sleeper_->slept(), ElementsAre(60s, 60s, 60s));
}

TEST_F(HostClientTest, WaitingForTheRateLimitDoesNotCountIntoTheTime) {
  play({{.status = 503, .takes = 10s},
        status(429, {{"Retry-After", "100"}}),
        {.status = 503, .takes = 10s},
        status(200)});
  const auto answer = get();
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(answer->attempts, 4);
}

TEST_F(HostClientTest, A429WhoseBodyBreaksIsStillA429) {
  play({{.status = 429, .headers = {{"Retry-After", "9"}}, .body = "{", .error = Broken::broken}, status(200)});
  ASSERT_TRUE(get());
  EXPECT_THAT(sleeper_->slept(), ElementsAre(9s));
}

TEST_F(HostClientTest, AnotherClientOfTheMachineWaitsToo) {
  const auto other_limiter = std::make_shared<MachineRateLimiter>(RateLimiterOptions{
      .clock = time_.clock(), .directory = folder_.path(), .states = std::make_shared<RateStates>()});
  Services other_services = services();
  other_services.limiter = other_limiter;
  HostClient other{other_services};
  play({status(418, {{"Retry-After", "1000"}}), status(200)});
  ASSERT_FALSE(get());
  const auto refused = answer_of(other, {.url = kUrl, .sink = sink_, .weight = 2, .limit = 6000});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().detail, HasSubstr("banned by the host"));
  EXPECT_EQ(asked(), 1U);
}

TEST_F(HostClientTest, ABanThatComesAgainAfterItWasWaitedOutEndsTheCall) {
  play({status(418, {{"Retry-After", "30"}})});
  const auto failure = get();
  ASSERT_FALSE(failure);
  EXPECT_EQ(failure.error().kind, Kind::rate_limited);
  EXPECT_THAT(failure.error().detail, HasSubstr("banned (HTTP 418) again"));
  EXPECT_EQ(asked(), 2U);
}

TEST_F(HostClientTest, TheBudgetOfAMinuteIsWaitedForAndFedByTheHeader) {
  play({status(200, {{"X-MBX-USED-WEIGHT-1M", "3599"}}), status(200, {{"x-mbx-used-weight-1m", "rubbish"}})});
  ASSERT_TRUE(get());
  ASSERT_TRUE(get());
  EXPECT_THAT(sleeper_->slept(), ElementsAre(60s));
  ASSERT_TRUE(get());
  EXPECT_THAT(sleeper_->slept(), SizeIs(1));
}

TEST_F(HostClientTest, EveryAttemptCostsWeight) {
  play({status(503), status(503), status(200)});
  ASSERT_TRUE(answer_of(*client_, {.url = kUrl, .sink = sink_, .weight = 20, .limit = 100}));
  ASSERT_TRUE(answer_of(*client_, {.url = kUrl, .sink = sink_, .weight = 1, .limit = 100}));
  EXPECT_THAT(sleeper_->slept(), ElementsAre(250ms, 500ms, 59s + 250ms));
}

TEST_F(HostClientTest, ALearntLimitCountsInThePlaceOfTheCallers) {
  client_->learn_limit("http://host.test/anything", 10);
  ASSERT_TRUE(get());
  ASSERT_TRUE(get());
  ASSERT_TRUE(get());
  EXPECT_THAT(sleeper_->slept(), SizeIs(0));
  ASSERT_TRUE(get());
  EXPECT_THAT(sleeper_->slept(), SizeIs(1));
}

TEST_F(HostClientTest, TheArchiveHasNoBudgetButItsPausesAreKept) {
  play({status(200), status(200), status(429, {{"Retry-After", "5"}}), status(200)});
  const HostRequest request{.url = kUrl, .sink = sink_};
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(answer_of(*client_, request));
  EXPECT_THAT(sleeper_->slept(), ElementsAre(5s));
}

}  // namespace
}  // namespace klinekeep::transport
