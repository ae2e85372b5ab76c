#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "transport/host_client_fixture.hpp"

namespace klinekeep::transport {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::Ge;
using testing::HasSubstr;
using testing::Le;
using testing::SizeIs;
using Kind = Failure::Kind;
using Broken = TransportError::Kind;

TEST_F(HostClientTest, HandsBackTheAnswer) {
  play({status(200, {{"ETag", "x"}}, "[]")});
  const auto answer = get();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->head.status, 200);
  EXPECT_EQ(answer->head.header("etag"), "x");
  EXPECT_EQ(answer->attempts, 1);
  EXPECT_EQ(answer->bytes, 2);
  EXPECT_EQ(answer->text, "");
  EXPECT_EQ(sink_.body(), "[]");
  EXPECT_THAT(transport_->asked(), ElementsAre(kUrl));
  EXPECT_THAT(sleeper_->slept(), SizeIs(0));
}

class Answers : public HostClientTest, public testing::WithParamInterface<int> {};

TEST_P(Answers, AreHandedBackWithTheirTextAndNotRetried) {
  play({status(200, {}, "before"), status(GetParam(), {}, "why")});
  ASSERT_TRUE(get());
  const auto answer = get();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->head.status, GetParam());
  EXPECT_EQ(answer->text, "why");
  EXPECT_EQ(answer->attempts, 1);
  EXPECT_EQ(sink_.body(), "before") << "a sink sees 2xx only";
}

INSTANTIATE_TEST_SUITE_P(HostClient, Answers, testing::Values(301, 302, 304, 400, 401, 403, 404, 408, 451));

TEST_F(HostClientTest, KeepsTheFirst64KiBOfATextWithoutEnd) {
  play({status(404, {}, std::string(200'000, 'x'))});
  const auto answer = get();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->text, std::string(64 * 1024, 'x'));
}

TEST_F(HostClientTest, ABodyThatTheSinkRefusesIsTooLargeAndLeavesTheHostUp) {
  play({status(200, {}, std::string(1001, 'x')), status(200)});
  const auto failure = get();
  ASSERT_FALSE(failure);
  EXPECT_EQ(failure.error().kind, Kind::too_large);
  EXPECT_EQ(failure.error().attempts, 1);
  EXPECT_TRUE(get());
}

class Transients : public HostClientTest, public testing::WithParamInterface<Play> {};

TEST_P(Transients, AreRetriedWithBackOffThatDoublesAndThenSucceed) {
  play({GetParam(), GetParam(), GetParam(), status(200, {}, "ok")});
  const auto answer = get();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->attempts, 4);
  EXPECT_EQ(sink_.body(), "ok");
  EXPECT_THAT(sleeper_->slept(), ElementsAre(250ms, 500ms, 1s));
  EXPECT_EQ(client_->counters().requests, 4);
  EXPECT_EQ(client_->counters().retries, 3);
}

TEST_P(Transients, AreGivenUpWhenTheTimeIsUsedUpAndTheHostIsDownThen) {
  uniform_ = 0.999;
  play({GetParam()});
  const auto failure = get();
  ASSERT_FALSE(failure);
  EXPECT_EQ(failure.error().kind, Kind::unavailable);
  EXPECT_THAT(failure.error().detail, HasSubstr(" times within 30 s"));
  EXPECT_EQ(failure.error().http.url, kUrl);
  EXPECT_EQ(failure.error().http.status, GetParam().error ? 0 : GetParam().status);
  EXPECT_EQ(failure.error().attempts, static_cast<int>(asked()));
  EXPECT_THAT(asked(), AllOf(Ge(5U), Le(8U)));
  EXPECT_LE(time_.now() - kNoon, 30s);
  EXPECT_GT(time_.now() - kNoon, 20s);

  const auto before = asked();
  const auto next = get("http://host.test:80/other");
  ASSERT_FALSE(next);
  if (GetParam().error && GetParam().status != 0) {
    EXPECT_EQ(next.error().kind, Kind::unavailable) << "it may be of that answer alone";
    return;
  }
  EXPECT_EQ(next.error().kind, Kind::left_alone);
  EXPECT_EQ(next.error().http.url, "http://host.test:80/other");
  EXPECT_THAT(next.error().detail, HasSubstr(failure.error().detail));
  EXPECT_EQ(next.error().attempts, 0);
  EXPECT_EQ(asked(), before);
}

INSTANTIATE_TEST_SUITE_P(HostClient, Transients,
                         testing::Values(status(500), status(502), status(503, {{"Retry-After", "3600"}}), status(504),
                                         status(599), error(Broken::broken), error(Broken::timed_out),
                                         Play{.status = 200, .body = "half", .error = Broken::broken}));

/// A file that always breaks after some megabytes: its bytes pay for no further attempt.
TEST_F(HostClientTest, WhatBreaksEachTimeIsGivenUpHoweverMuchHasCome) {
  for (const Duration takes : {Duration{300ms}, Duration{50s}}) {
    sink_ = StringSink{1 << 24};
    Play breaks = status(200, {}, std::string(1 << 23, 'x'));
    breaks.takes = std::min<Duration>(takes, 1s);
    breaks.body_takes = takes;
    breaks.error = Broken::broken;
    play({breaks});
    restart();
    const auto answer = get();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, Kind::unavailable);
    EXPECT_THAT(answer.error().detail, HasSubstr("broken"));
    EXPECT_LE(answer.error().attempts, 40);
  }
}

TEST_F(HostClientTest, TheDetailCountsEqualMishapsAndNamesTheLastOfOthers) {
  uniform_ = 0.999;
  policy_.first_backoff = 10s;
  policy_.longest_backoff = 10s;
  restart();
  play({status(503)});
  EXPECT_EQ(get().error().detail, "HTTP 503 four times within 30 s");
  restart();
  play({status(503), error(Broken::broken)});
  EXPECT_EQ(get().error().detail, "4 tries, the last: broken within 30 s");
  restart();
  play({error(Broken::timed_out, 31s)});
  EXPECT_EQ(get().error().detail, "no answer within 30 s");
}

TEST_F(HostClientTest, AttemptsAndBackOffsShareTheTime) {
  play({{.status = 503, .takes = 12s}});
  ASSERT_FALSE(get());
  EXPECT_EQ(asked(), 3U) << "12 s, 12 s and what was left";
  EXPECT_EQ(time_.now() - kNoon, 30s);
}

TEST_F(HostClientTest, OtherHostsAndOtherClientsDoNotInheritThatAHostIsDown) {
  play({error(Broken::refused_or_unroutable), error(Broken::refused_or_unroutable), status(200)});
  ASSERT_FALSE(get());
  EXPECT_TRUE(get("http://host.test:81/"));
  EXPECT_TRUE(get("https://host.test/"));
  EXPECT_EQ(get().error().kind, Kind::left_alone);
  restart();
  EXPECT_TRUE(get());
}

TEST_F(HostClientTest, WhatRunsOutHereLeavesTheHostUp) {
  play({error(Broken::ran_out), status(200)});
  EXPECT_EQ(get().error().kind, Kind::ran_out);
  EXPECT_EQ(transport_->asked().size(), 1U) << "the transport has tried all that can be tried";
  EXPECT_TRUE(get());
}

class Refusals : public HostClientTest, public testing::WithParamInterface<Broken> {};

TEST_P(Refusals, HaveTwoQuickTries) {
  play({error(GetParam())});
  const auto failure = get();
  ASSERT_FALSE(failure);
  EXPECT_EQ(failure.error().kind, Kind::unavailable);
  EXPECT_EQ(asked(), 2U);
  EXPECT_THAT(sleeper_->slept(), ElementsAre(200ms));
  EXPECT_THAT(failure.error().detail, HasSubstr(" twice"));
  EXPECT_EQ(get().error().kind, Kind::left_alone);
}

TEST_P(Refusals, OnceAreForgiven) {
  play({error(GetParam()), status(200)});
  EXPECT_TRUE(get());
}

INSTANTIATE_TEST_SUITE_P(HostClient, Refusals, testing::Values(Broken::refused_or_unroutable, Broken::tls));

TEST_F(HostClientTest, WhatTheProxySaysIsNotAskedForAgain) {
  play({status(407)});
  const auto login = get();
  ASSERT_FALSE(login);
  EXPECT_EQ(login.error().kind, Kind::no_way);
  EXPECT_THAT(login.error().detail, HasSubstr("the proxy wants a user and a password"));
  restart();
  play({error(Broken::no_way)});
  EXPECT_EQ(get().error().kind, Kind::no_way);
  EXPECT_EQ(asked(), 2U);
}

TEST_F(HostClientTest, ACallHasThePatienceThatItWasGiven) {
  play({error(Broken::timed_out, 31s)});
  const auto failure = answer_of(*client_, {.url = kUrl, .sink = sink_, .patience = 7s});
  ASSERT_FALSE(failure);
  EXPECT_EQ(failure.error().spent, 7s);
  EXPECT_EQ(time_.now() - kNoon, 7s);
}

TEST_F(HostClientTest, TheExchangesClockIsTheDateOfRestAnswersForAMinute) {
  const auto ask = [&](Play answer, bool rest) {
    play({std::move(answer), status(200)});
    ASSERT_TRUE(answer_of(*client_, {.url = kUrl, .sink = sink_, .rest = rest}));
  };
  EXPECT_EQ(exchange_clock_->now(), std::nullopt);
  ask(status(200, {{"Date", kDate}}), false);
  EXPECT_EQ(exchange_clock_->now(), std::nullopt) << "the archive's Date comes through a CDN";
  ask(status(200, {{"Date", "yesterday"}}), true);
  ask(status(200), true);
  ask(status(503, {{"Date", kDate}}), true);
  EXPECT_EQ(exchange_clock_->now(), std::nullopt);
  ask(status(404, {{"Date", "Fri, 15 Mar 2024 15:00:00 GMT"}}), true);
  EXPECT_EQ(exchange_clock_->now(), kNoon + 3h);
  time_.pass(59s + 5ms);
  ask(status(200, {{"Date", "rubbish"}}), true);
  EXPECT_EQ(exchange_clock_->now(), kNoon + 3h + 59s + 5ms);
  time_.pass(1s);
  EXPECT_EQ(exchange_clock_->now(), std::nullopt) << "what a Date said a minute ago says nothing of now";
}

TEST_F(HostClientTest, AnAnswerTellsWhenItWasSentAndWhenItsHeadArrived) {
  play({{.status = 200, .body = "[]", .takes = 3s, .body_takes = 8s}});
  const auto answer = get();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->sent, kNoon);
  EXPECT_EQ(answer->heard, kNoon + 3s) << "not when its body was there";
}

TEST_F(HostClientTest, AnAnswersTimesAreThoseOfTheAttemptThatBroughtIt) {
  play({status(429, {{"Retry-After", "45"}}), {.status = 503, .takes = 2s}, {.status = 200, .takes = 1s}});
  const auto answer = get();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->attempts, 3);
  EXPECT_EQ(answer->sent, kNoon + 45s + 2s + 250ms);
  EXPECT_EQ(answer->heard, kNoon + 45s + 2s + 250ms + 1s);
}

TEST_F(HostClientTest, AnAnswerThatWaitedForTheBudgetWasSentAfterwards) {
  play({status(200, {{"X-MBX-USED-WEIGHT-1M", "3599"}}), status(200)});
  ASSERT_TRUE(get());
  const auto answer = get();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->sent, kNoon + 60s);
}

TEST_F(HostClientTest, AnAnswersTimesAreOfTheClockOfAnswersAndNotOfTheWaits) {
  const Timestamp stated = kNoon + 500h;  // --now
  HostClient client{services(), policy_, [&] { return stated; }};
  play({status(429, {{"Retry-After", "45"}}), {.status = 200, .takes = 1s}});
  const auto answer = answer_of(client, {.url = kUrl, .sink = sink_, .weight = 2, .limit = 6000});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->sent, stated);
  EXPECT_EQ(answer->heard, stated);
  EXPECT_THAT(sleeper_->slept(), ElementsAre(45s));
}

TEST_F(HostClientTest, CancelledBeforeDuringATransferABackOffAndAWait) {
  const auto before = std::make_unique<std::stop_source>();
  before->request_stop();
  EXPECT_EQ(get(kUrl, before->get_token()).error().kind, Kind::cancelled);
  EXPECT_EQ(asked(), 0U);

  std::stop_source transfer;
  play({{.meanwhile = [&] { transfer.request_stop(); }}});
  EXPECT_EQ(get(kUrl, transfer.get_token()).error().kind, Kind::cancelled);
  EXPECT_EQ(asked(), 1U);

  std::stop_source backoff;
  sleeper_->on_sleep = [&] { backoff.request_stop(); };
  play({status(503)});
  EXPECT_EQ(get(kUrl, backoff.get_token()).error().kind, Kind::cancelled);
  EXPECT_EQ(asked(), 2U);

  std::stop_source wait;
  sleeper_->on_sleep = [&] { wait.request_stop(); };
  play({status(429)});
  EXPECT_EQ(get(kUrl, wait.get_token()).error().kind, Kind::cancelled);
  EXPECT_EQ(asked(), 3U);

  sleeper_->on_sleep = {};
  play({status(200)});
  EXPECT_TRUE(get()) << "a cancelled call says nothing about the host";
}

TEST_F(HostClientTest, AUrlThatIsNoneFailsWithoutAskingAnyone) {
  for (const char* url : {"", "host.test/x", "ftp://host.test/", "http:///x", "http://host.test:99999/"}) {
    const auto failure = get(url);
    ASSERT_FALSE(failure) << url;
    EXPECT_EQ(failure.error().kind, Kind::unavailable);
  }
  EXPECT_EQ(asked(), 0U);
}

/// Answers when it is told to.
class Held final : public HttpTransport {
 public:
  void start(HttpRequest, BodySink& sink, TimeBudget&, std::stop_token, std::function<void(Outcome)> done) override {
    under_way.push_back([&sink, done, this] {
      sink.start(head);
      done(head);
    });
  }
  void answer_all() {
    for (const auto& answer : std::exchange(under_way, {})) answer();
  }
  std::vector<std::function<void()>> under_way;
  ResponseHead head{200, {}};
};

TEST_F(HostClientTest, TheFirstRestCallGoesAloneAndTheOthersTogether) {
  constexpr std::size_t kOthers = 6;
  const auto transport = std::make_shared<Held>();
  Services held = services();
  held.transport = transport;
  HostClient client{held};
  std::size_t answered = 0;
  for (std::size_t i = 0; i <= kOthers; ++i) {
    client.get({.url = kUrl, .sink = sink_, .weight = 2, .limit = 6000, .rest = true}, {},
               [&](const Answer& answer) { answered += answer.has_value() ? 1U : 0U; });
  }
  EXPECT_THAT(transport->under_way, SizeIs(1));
  transport->answer_all();
  EXPECT_EQ(answered, 1U);
  EXPECT_THAT(transport->under_way, SizeIs(kOthers));
  transport->answer_all();
  EXPECT_EQ(answered, kOthers + 1);
  EXPECT_EQ(client.counters().requests, static_cast<std::int64_t>(kOthers) + 1);
}

TEST_F(HostClientTest, WhatOneCallLearnsOfALimitThoseThatWaitNeedNotLearn) {
  const auto transport = std::make_shared<Held>();
  transport->head = {429, {{"Retry-After", "1"}}};
  Services held = services();
  held.transport = transport;
  held.limiter = std::make_shared<FreeLimiter>();
  HostClient client{held};
  std::vector<Failure> failures;
  const auto begin = [&] {
    client.get({.url = kUrl, .sink = sink_}, {}, [&](const Answer& answer) { failures.push_back(answer.error()); });
  };
  begin();
  transport->answer_all();
  begin();
  while (!transport->under_way.empty()) transport->answer_all();
  ASSERT_THAT(failures, SizeIs(2));
  EXPECT_EQ(failures[0].attempts, 4);
  EXPECT_EQ(failures[1].attempts, 3) << "it would have waited and asked once more";
  for (const Failure& failure : failures) {
    EXPECT_EQ(failure.kind, Kind::rate_limited);
    EXPECT_EQ(failure.http.status, 429);
    EXPECT_EQ(failure.http.url, kUrl);
  }
}

TEST_F(HostClientTest, WhenTheFirstRestCallFindsTheHostDownTheOthersDoNotAsk) {
  play({error(Broken::refused_or_unroutable)});
  std::atomic<int> down = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        StringSink sink{10};
        const auto failure = answer_of(*client_, {.url = kUrl, .sink = sink, .rest = true});
        if (!failure && failure.error().kind == Kind::left_alone) ++down;
      });
    }
  }
  EXPECT_EQ(down, 7);
  EXPECT_EQ(asked(), 2U);
}

TEST_F(HostClientTest, WhenTheFirstRestCallIsCancelledAnotherIsTheFirst) {
  std::stop_source stop;
  play({{.meanwhile = [&] { stop.request_stop(); }}, status(200)});
  EXPECT_FALSE(answer_of(*client_, {.url = kUrl, .sink = sink_, .rest = true}, stop.get_token()));
  EXPECT_TRUE(answer_of(*client_, {.url = kUrl, .sink = sink_, .rest = true}));
}

TEST_F(HostClientTest, WhatASinkThrowsComesOutAndTheNextCallIsServed) {
  struct Thrower : BodySink {
    void start(const ResponseHead&) override { throw std::runtime_error("full"); }
    bool write(std::string_view) override { return true; }
  } thrower;
  const auto thrown = answer_of(*client_, {.url = kUrl, .sink = thrower, .rest = true});
  ASSERT_FALSE(thrown);
  EXPECT_EQ(thrown.error().kind, Kind::thrown);
  EXPECT_THROW(std::rethrow_exception(thrown.error().thrown), std::runtime_error);
  EXPECT_TRUE(answer_of(*client_, {.url = kUrl, .sink = sink_, .rest = true}));
  EXPECT_EQ(client_->counters().requests, 2);
}

/// As a file's CHECKSUM may be asked for when memory has run out, while its zip is under way.
TEST_F(HostClientTest, WhatIsThrownBeforeACallHasBegunComesOutAsItsAnswer) {
  bool has_memory = true;
  Services scarce = services();
  scarce.clock = [&] { return has_memory ? time_.now() : throw std::bad_alloc{}; };
  client_ = std::make_unique<HostClient>(std::move(scarce));
  for (const bool rest : {false, true}) {
    has_memory = false;
    std::optional<Answer> answer;
    EXPECT_NO_THROW(client_->get({.url = kUrl, .sink = sink_, .rest = rest}, {}, [&](Answer a) { answer = a; }));
    ASSERT_TRUE(answer && !*answer);
    EXPECT_EQ(answer->error().kind, Kind::thrown);
    EXPECT_THROW(std::rethrow_exception(answer->error().thrown), std::bad_alloc);
    EXPECT_EQ(asked(), 0U);
    has_memory = true;
  }
  EXPECT_TRUE(answer_of(*client_, {.url = kUrl, .sink = sink_, .rest = true}));
}

TEST_F(HostClientTest, CountsWhatAServersLogWouldHave) {
  play(
      {status(503, {}, "abc"), status(429, {{"Retry-After", "2"}}, "de"), status(200, {}, "[]"), status(404, {}, "f")});
  ASSERT_TRUE(get());
  ASSERT_TRUE(get());
  const Counters counters = client_->counters();
  EXPECT_EQ(counters.requests, 4);
  EXPECT_EQ(counters.requests, static_cast<std::int64_t>(asked()));
  EXPECT_EQ(counters.bytes, 8);
  EXPECT_EQ(counters.retries, 2);
  EXPECT_EQ(counters.waits, 1);
  EXPECT_EQ(counters.waited, 2s);
}

}  // namespace
}  // namespace klinekeep::transport
