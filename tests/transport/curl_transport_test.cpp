#include "transport/curl_transport.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <future>
#include <thread>

#include "transport/fakes.hpp"
#include "transport/sigpipe_guard.hpp"
#include "transport/socket_server.hpp"

namespace klinekeep::transport {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using Kind = TransportError::Kind;

const std::string kHello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

class CurlTransportTest : public testing::Test {
 protected:
  tl::expected<ResponseHead, TransportError> get(const std::string& url, Duration total = 20s,
                                                 std::stop_token stop = {}) {
    TimeBudget budget{total, 64 * 1024};
    return outcome_of(transport_, {url}, sink_, budget, std::move(stop));
  }
  Kind error_of(const std::string& path, Duration total = 20s) {
    const auto answer = get(server_.url(path), total);
    if (answer)
      throw std::runtime_error(path + " was answered: " + std::to_string(answer->status) + " " + sink_.body());
    EXPECT_NE(answer.error().detail, "");
    return answer.error().kind;
  }

  SocketServer server_;
  CurlTransport transport_{{.proxy = ""}};
  StringSink sink_{1 << 20};
};

TEST_F(CurlTransportTest, HandsOverHeadAndBody) {
  server_.on("/x?a=b", "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\nX-Mbx-Used-Weight-1m:  17 \r\n\r\nhello");
  const auto answer = get(server_.url("/x?a=b"));
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(answer->status, 404);
  EXPECT_EQ(answer->header("X-MBX-USED-WEIGHT-1M"), "17");
  EXPECT_EQ(sink_.body(), "hello");
}

TEST_F(CurlTransportTest, AsksAsItself) {
  server_.on("/", kHello);
  ASSERT_TRUE(get(server_.url("/")));
  const std::string request = server_.log().at(0);
  EXPECT_THAT(request, HasSubstr("GET / HTTP/1.1\r\n"));
  EXPECT_THAT(request, HasSubstr("User-Agent: klinekeep/"));
  EXPECT_THAT(request, Not(HasSubstr("Accept-Encoding")));
}

struct Bytes {
  const char* name;
  const char* bytes;
  int status = 0;
  const char* body = "";
};

class GoodAnswers : public CurlTransportTest, public testing::WithParamInterface<Bytes> {};

TEST_P(GoodAnswers, AreTakenAsTheyAre) {
  server_.on("/", [](Connection& connection) {
    connection.send(GetParam().bytes);
    connection.close();
  });
  const auto answer = get(server_.url("/"));
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(answer->status, GetParam().status);
  EXPECT_EQ(sink_.body(), GetParam().body);
}

constexpr Bytes kGood[] = {
    {"length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello"},
    {"chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\nT: 1\r\n\r\n", 200,
     "hello"},
    {"until_close", "HTTP/1.1 200 OK\r\n\r\nhello", 200, "hello"},
    {"after_1xx",
     "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
     200, "hello"},
    {"empty", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, ""},
    {"redirect_not_followed", "HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 5\r\n\r\nthere", 302, "there"},
    {"no_content", "HTTP/1.1 204 No Content\r\n\r\n", 204, ""},
    {"unauthorised", "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 2\r\n\r\nno", 401,
     "no"},
    {"encoded_is_left_alone", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello", 200,
     "hello"},
    {"http_1_0", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello"},
    {"odd_status", "HTTP/1.1 418 I'm a teapot\r\nContent-Length: 0\r\n\r\n", 418, ""},
};

INSTANTIATE_TEST_SUITE_P(CurlTransport, GoodAnswers, testing::ValuesIn(kGood),
                         [](const auto& answer) { return std::string{answer.param.name}; });

class BrokenAnswers : public CurlTransportTest, public testing::WithParamInterface<Bytes> {
 protected:
  void expect_broken(const std::string& bytes) {
    server_.on("/", [bytes](Connection& connection) {
      connection.send(bytes);
      connection.close();
    });
    EXPECT_EQ(error_of("/"), Kind::broken);
    EXPECT_THAT(server_.log(), SizeIs(1));
    server_.on("/", kHello);
    EXPECT_TRUE(get(server_.url("/"))) << "the transport serves on";
    EXPECT_EQ(sink_.body(), "hello");
  }
};

TEST_P(BrokenAnswers, AreBrokenAndAskedOnce) { expect_broken(GetParam().bytes); }

constexpr Bytes kBroken[] = {
    {"nothing", ""},
    {"half_a_status_line", "HTTP/1.1 2"},
    {"half_a_head", "HTTP/1.1 200 OK\r\nContent-Len"},
    {"head_without_end", "HTTP/1.1 200 OK\r\nA: b\r\n"},
    {"only_1xx", "HTTP/1.1 100 Continue\r\n\r\n"},
    {"short_body", "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello"},
    {"no_body", "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n"},
    {"long_body", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhello"},
    {"two_answers", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbodyHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"},
    {"short_chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n50\r\nhello"},
    {"no_last_chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"},
    {"bad_chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n"},
    {"negative_length", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello"},
    {"not_http", "SSH-2.0-OpenSSH_9.2\r\n\r\n"},
    {"http_0_9", "<html>hello</html>"},
    {"bad_status", "HTTP/1.1 abc OK\r\n\r\n"},
};

INSTANTIATE_TEST_SUITE_P(CurlTransport, BrokenAnswers, testing::ValuesIn(kBroken),
                         [](const auto& answer) { return std::string{answer.param.name}; });

class EndlessHeaders : public BrokenAnswers {};

TEST_P(EndlessHeaders, AreBroken) {
  std::string bytes = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 3000; ++i) bytes += GetParam().bytes;
  expect_broken(bytes + "Content-Length: 5\r\n\r\nhello");
}

constexpr Bytes kEndless[] = {
    {"lines", "A: b\r\n"},
    {"bytes",
     "A: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
     "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\r"
     "\n"},
    {"one_line", "A: a word and another, without end, for more than any libcurl would take as a single line; "},
};

INSTANTIATE_TEST_SUITE_P(CurlTransport, EndlessHeaders, testing::ValuesIn(kEndless),
                         [](const auto& answer) { return std::string{answer.param.name}; });

TEST_F(CurlTransportTest, AResetIsBroken) {
  server_.on("/", [](Connection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello");
    connection.reset();
  });
  EXPECT_EQ(error_of("/"), Kind::broken);
}

TEST_F(CurlTransportTest, SilenceAndDripsAreTimedOutAndTakeTheBudget) {
  server_.on("/silence", [](Connection& connection) { connection.wait_for_close(); });
  server_.on("/half", [](Connection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello");
    connection.wait_for_close();
  });
  server_.on("/drip", [](Connection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n");
    while (connection.send("x") && connection.pause_ms(5)) {
    }
    connection.close();
  });
  for (const char* path : {"/silence", "/half", "/drip"}) {
    TimeBudget budget{200ms, 64 * 1024};
    const auto answer = outcome_of(transport_, {server_.url(path)}, sink_, budget, {});
    ASSERT_FALSE(answer) << path;
    EXPECT_EQ(answer.error().kind, Kind::timed_out) << path;
    EXPECT_TRUE(budget.used_up());
    EXPECT_THAT(answer.error().detail, HasSubstr("within 0.2 s"));
  }
}

TEST_F(CurlTransportTest, ABodyThatKeepsMovingIsNotCut) {
  constexpr int kParts = 60;
  server_.on("/", [](Connection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kParts * 32 * 1024) + "\r\n\r\n");
    for (int i = 0; i < kParts && connection.send(std::string(32 * 1024, 'x')) && connection.pause_ms(10); ++i) {
    }
  });
  StringSink sink{1 << 22};
  TimeBudget budget{400ms, 64 * 1024};
  const auto answer = outcome_of(transport_, {server_.url("/")}, sink, budget, {});
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(sink.body().size(), kParts * 32U * 1024U);
}

TEST_F(CurlTransportTest, TheSinksTimeIsNotTheHosts) {
  struct SlowSink : StringSink {
    using StringSink::StringSink;
    bool write(std::string_view bytes) override {
      const auto until = std::chrono::steady_clock::now() + 600ms;
      while (body().empty() && std::chrono::steady_clock::now() < until) std::this_thread::yield();
      if (body().empty()) first_taken.set_value();
      return StringSink::write(bytes);
    }
    std::promise<void> first_taken;
  } sink{100};
  server_.on("/", [&](Connection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
    sink.first_taken.get_future().wait();
    connection.send("llo");
  });
  TimeBudget budget{500ms, 1'000'000'000};
  const auto answer = outcome_of(transport_, {server_.url("/")}, sink, budget, {});
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(sink.body(), "hello");
}

TEST_F(CurlTransportTest, ABudgetThatIsUsedUpAsksNobody) {
  server_.on("/", kHello);
  EXPECT_EQ(error_of("/", 0s), Kind::timed_out);
  EXPECT_THAT(server_.log(), SizeIs(0));
}

TEST_F(CurlTransportTest, AStopEndsAHangingTransfer) {
  std::stop_source before_the_head;
  server_.on("/silence", [&](Connection& connection) {
    before_the_head.request_stop();
    connection.wait_for_close();
  });
  EXPECT_EQ(get(server_.url("/silence"), 1h, before_the_head.get_token()).error().kind, Kind::cancelled);

  std::stop_source in_the_body;
  server_.on("/half", [&](Connection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello");
    in_the_body.request_stop();
    connection.wait_for_close();
  });
  EXPECT_EQ(get(server_.url("/half"), 1h, in_the_body.get_token()).error().kind, Kind::cancelled);

  std::stop_source before;
  before.request_stop();
  EXPECT_EQ(get(server_.url("/silence"), 1h, before.get_token()).error().kind, Kind::cancelled);
  EXPECT_THAT(server_.log(), SizeIs(2));
}

TEST_F(CurlTransportTest, ASinkThatHasEnoughOrThrowsEndsTheTransfer) {
  server_.on("/", "HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + std::string(2000, 'x'));
  StringSink small{1000};
  TimeBudget budget{20s, 64 * 1024};
  const auto refused = outcome_of(transport_, {server_.url("/")}, small, budget, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, Kind::too_large);

  struct Thrower : BodySink {
    void start(const ResponseHead& head) override {
      if (head.header("content-length") == "2000") throw std::runtime_error("full");
    }
    bool write(std::string_view) override { return true; }
  } thrower;
  const auto thrown = outcome_of(transport_, {server_.url("/")}, thrower, budget, {});
  ASSERT_FALSE(thrown);
  EXPECT_EQ(thrown.error().kind, Kind::thrown);
  EXPECT_THROW(std::rethrow_exception(thrown.error().thrown), std::runtime_error);
  EXPECT_TRUE(get(server_.url("/")));
}

TEST_F(CurlTransportTest, WhereNobodyListensIsRefused) {
  std::string url;
  {
    const SocketServer gone;
    url = gone.url("/");
  }
  EXPECT_EQ(get(url).error().detail, "connection refused");
  EXPECT_EQ(get(url).error().kind, Kind::refused_or_unroutable);
  EXPECT_EQ(get("http://host.invalid/").error().kind, Kind::refused_or_unroutable);
  for (const char* other : {"", "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/"}) {
    EXPECT_EQ(get(other).error().kind, Kind::refused_or_unroutable) << other;
  }
}

TEST_F(CurlTransportTest, AServerWithoutTlsIsATlsError) {
  EXPECT_EQ(get(server_.url("/", "https")).error().kind, Kind::tls);
}

TEST_F(CurlTransportTest, ATlsErrorNamesTheCertificatesThatCannotBeHad) {
  server_.on("/", kHello);
  const auto ask = [&](const CurlOptions& options, const std::string& url) {
    CurlTransport transport{options};
    TimeBudget budget{20s, 64 * 1024};
    return outcome_of(transport, {url}, sink_, budget, {});
  };
  const struct {
    const char* file;
    const char* why;
  } cases[] = {{"/nowhere.pem", "'/nowhere.pem', which ca_file names, cannot be read"},
               {"/dev/null", "'/dev/null', which ca_file names, holds none that can be used"}};
  for (const auto& [file, why] : cases) {
    const auto outcome = ask({.proxy = "", .ca_file = file}, server_.url("/", "https"));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, Kind::no_way);
    EXPECT_THAT(outcome.error().detail, HasSubstr(why));
    EXPECT_TRUE(ask({.proxy = "", .ca_file = file}, server_.url("/"))) << "http needs none";
  }
}

TEST_F(CurlTransportTest, AProxyIsAskedForTheWholeUrl) {
  server_.on("http://host.invalid/x", kHello);
  CurlTransport through{{.proxy = server_.url("")}};
  TimeBudget budget{20s, 64 * 1024};
  EXPECT_TRUE(outcome_of(through, {"http://host.invalid/x"}, sink_, budget, {}));
}

/// Not the exchange's fault, and nothing was asked of it.
TEST_F(CurlTransportTest, AProxyThatFailsIsNamed) {
  server_.on_any([](Connection& connection, const std::string&) {
    connection.send("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
    connection.close();
  });
  const struct {
    std::string proxy;
    std::string url;
    const char* why;
  } cases[] = {
      {"http://user:secret@127.0.0.1:1", "http://host.invalid/x",
       "the proxy 127.0.0.1:1 cannot be reached: connection refused"},
      {"http://user:secret@127.0.0.1:1", "https://host.invalid/x", "the proxy 127.0.0.1:1 cannot be reached"},
      {"http://user:secret@proxy.invalid:1", "http://127.0.0.1:1/x", "the proxy's name is unknown: proxy.invalid"},
      {"foo://user:secret@127.0.0.1:1", "http://127.0.0.1:1/x", "the proxy's URL cannot be used"},
      {server_.url(""), "https://host.invalid/x",
       "the proxy wants a user and a password, or others than those in its URL (HTTP 407)"}};
  for (const auto& [proxy, url, why] : cases) {
    CurlTransport through{{.proxy = proxy}};
    TimeBudget budget{20s, 64 * 1024};
    const auto outcome = outcome_of(through, {url}, sink_, budget, {});
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, Kind::no_way);
    EXPECT_THAT(outcome.error().detail, AllOf(HasSubstr(why), Not(HasSubstr("secret"))));
  }
  for (const char* host : {"127.0.0.1", "LOCALHOST", "localhost", "[::1]"}) {
    const auto outcome = get(std::string{"http://"} + host + ":1/");
    EXPECT_EQ(outcome.error().kind, Kind::refused_or_unroutable) << "without one it is the host's: " << host;
  }
}

TEST_F(CurlTransportTest, ConnectionsAreKeptAndReused) {
  server_.on("/", kHello);
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(get(server_.url("/")));
  EXPECT_EQ(server_.connections(), 1);
  std::jthread{[&] {
    StringSink sink{100};
    TimeBudget budget{20s, 64 * 1024};
    EXPECT_TRUE(outcome_of(transport_, {server_.url("/")}, sink, budget, {}));
  }}.join();
  EXPECT_EQ(server_.connections(), 1) << "also by another thread";
}

TEST_F(CurlTransportTest, AConnectionClosedInsteadOfAnsweringIsNotAskedTwice) {
  server_.on("/good", kHello);
  server_.on("/close", [](Connection& connection) { connection.close(); });
  ASSERT_TRUE(get(server_.url("/good")));
  EXPECT_EQ(error_of("/close"), Kind::broken);
  EXPECT_THAT(server_.log(), SizeIs(2)) << "libcurl would ask again by itself, uncounted";
  EXPECT_TRUE(get(server_.url("/good")));
}

TEST_F(CurlTransportTest, BytesAfterAnAnswerAreNotTheNextAnswer) {
  std::promise<void> answer_taken;
  std::promise<void> more_sent;
  server_.on("/more", [&](Connection& connection) {
    connection.send(kHello);
    answer_taken.get_future().wait();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
    more_sent.set_value();
  });
  server_.on("/", kHello);
  ASSERT_TRUE(get(server_.url("/more")));
  answer_taken.set_value();
  more_sent.get_future().wait();
  ASSERT_TRUE(get(server_.url("/")));
  EXPECT_EQ(sink_.body(), "hello");
  EXPECT_EQ(server_.connections(), 2);
}

TEST_F(CurlTransportTest, ServesManyThreads) {
  constexpr int kThreads = 8;
  constexpr int kGets = 25;
  for (int i = 0; i < kThreads * kGets; ++i) {
    const std::string path = "/" + std::to_string(i);
    server_.on(path, "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(path.size()) + "\r\n\r\n" + path);
  }
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        for (int i = 0; i < kGets; ++i) {
          const std::string path = "/" + std::to_string(thread * kGets + i);
          StringSink sink{100};
          TimeBudget budget{60s, 64 * 1024};
          const Outcome outcome = outcome_of(transport_, {server_.url(path)}, sink, budget, {});
          EXPECT_TRUE(outcome) << outcome.error().detail;
          EXPECT_EQ(sink.body(), path);
          if (outcome && sink.body() == path) ++right;
        }
      });
    }
  }
  EXPECT_EQ(right, kThreads * kGets);
  EXPECT_THAT(server_.log(), SizeIs(kThreads * kGets));
  EXPECT_LE(server_.connections(), kThreads);
}

TEST_F(CurlTransportTest, AForkedChildOpensItsOwnConnections) {
  server_.on("/", kHello);
  ASSERT_TRUE(get(server_.url("/")));
  const pid_t child = ::fork();
  if (child == 0) ::_exit(get(server_.url("/")) && sink_.body() == "hello" ? 0 : 1);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(server_.connections(), 2);
  EXPECT_TRUE(get(server_.url("/")));
  EXPECT_EQ(server_.connections(), 2);
}

TEST_F(CurlTransportTest, PrintsNothing) {
  server_.on("/", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhello");
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  static_cast<void>(get(server_.url("/")));
  static_cast<void>(get(server_.url("/", "https")));
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(SigpipeGuard, TakesTheSignalAwayAndLeavesTheMaskAsItWas) {
  sigset_t before;
  sigset_t after;
  ASSERT_EQ(pthread_sigmask(SIG_SETMASK, nullptr, &before), 0);
  {
    const SigpipeGuard guard;
    pthread_kill(pthread_self(), SIGPIPE);
    const SigpipeGuard nested;
  }
  ASSERT_EQ(pthread_sigmask(SIG_SETMASK, nullptr, &after), 0);
  EXPECT_EQ(sigismember(&before, SIGPIPE), sigismember(&after, SIGPIPE));
}

}  // namespace
}  // namespace klinekeep::transport
