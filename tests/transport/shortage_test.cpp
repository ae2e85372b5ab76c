// Descriptors of this process that run out are no fault of a host.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <vector>

#include "core/idle.hpp"
#include "threads.hpp"
#include "transport/curl_transport.hpp"
#include "transport/fakes.hpp"
#include "transport/idle_engines.hpp"
#include "transport/socket_server.hpp"

namespace klinekeep::transport {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using Kind = TransportError::Kind;

const std::string kHello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

/// Holds all descriptors that the process may open but some, under a limit that is low meanwhile.
class Scarcity {
 public:
  explicit Scarcity(std::size_t but) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit low = before_;
    low.rlim_cur = 256;
    ::setrlimit(RLIMIT_NOFILE, &low);
    for (int fd = ::open("/dev/null", O_RDONLY); fd >= 0; fd = ::open("/dev/null", O_RDONLY)) held_.push_back(fd);
    for (; but > 0; --but) give_back_one();
  }
  ~Scarcity() {
    give_back();
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }
  Scarcity(const Scarcity&) = delete;
  Scarcity& operator=(const Scarcity&) = delete;

  void give_back() {
    while (!held_.empty()) give_back_one();
  }

 private:
  void give_back_one() {
    ::close(held_.back());
    held_.pop_back();
  }

  rlimit before_{};
  std::vector<int> held_;
};

/// A name that an earlier test no longer waits for may be looked up still, by a thread of libcurl that gives its
/// descriptors back when it ends.
struct NobodyGivesDescriptorsBack {
  NobodyGivesDescriptorsBack() { wait_until_threads_are_no_more_than(kThreadsOfNobody); }
};

class ShortageTest : public testing::Test {
 protected:
  ShortageTest() { server_.on("/", kHello); }

  tl::expected<ResponseHead, TransportError> get(const std::string& url) {
    TimeBudget budget{20s, 64 * 1024};
    return outcome_of(transport_, {url}, sink_, budget, {});
  }

  NobodyGivesDescriptorsBack before_;
  SocketServer server_;
  CurlTransport transport_{{.proxy = ""}};
  StringSink sink_{1 << 20};
};

class Descriptors : public ShortageTest, public testing::WithParamInterface<std::size_t> {};

TEST_P(Descriptors, ThatRunOutAreNamedAndAreNoRefusal) {
  {
    const Scarcity scarcity{GetParam()};
    const auto answer = get(server_.url("/"));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, Kind::ran_out) << answer.error().detail;
    EXPECT_THAT(answer.error().detail, HasSubstr("ulimit -n"));
  }
  EXPECT_TRUE(get(server_.url("/")));
}

TEST_P(Descriptors, ForALookUpOfANameAreNamedToo) {
  const Scarcity scarcity{GetParam()};
  const auto answer = get("http://nobody.invalid/");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, Kind::ran_out) << answer.error().detail;
}

TEST_P(Descriptors, ThatAreIdleElsewhereInTheProcessAreGivenBack) {
  Scarcity scarcity{GetParam()};
  int asked = 0;
  const IdleKeeper keeper{[&] {
    ++asked;
    scarcity.give_back();
  }};
  const auto answer = get(server_.url("/"));
  EXPECT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(sink_.body(), "hello");
}

// None; and enough for libcurl to be woken by, but for no socket.
INSTANTIATE_TEST_SUITE_P(Shortage, Descriptors, testing::Values(0, 2));

TEST_F(ShortageTest, ARefusalIsARefusalAlsoWhereDescriptorsAreFew) {
  const Scarcity scarcity{4};
  const auto answer = get("http://127.0.0.1:9/");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, Kind::refused_or_unroutable) << answer.error().detail;
}

/// Has no room until it is given some.
class FullSink final : public StringSink {
 public:
  FullSink() : StringSink(1 << 20) {}
  [[nodiscard]] bool has_room(std::size_t /*bytes*/) override {
    if (!is_asked_.exchange(true)) asked_.set_value();
    return has_room_;
  }
  void wait_until_asked() { asked_.get_future().wait(); }
  void give_room() { has_room_ = true; }

 private:
  std::atomic<bool> is_asked_ = false;
  std::atomic<bool> has_room_ = false;
  std::promise<void> asked_;
};

TEST_F(ShortageTest, WhatWaitsForRoomMakesWayForWhatNeedsItsDescriptorAndIsBegunAgain) {
  std::atomic<int> times = 0;
  server_.on("/held", [&](Connection& connection) {
    if (++times > 1) return static_cast<void>(connection.send(kHello));
    connection.send(kHello.substr(0, kHello.size() - 1));
    connection.wait_for_close();
  });
  const auto ready = transport_.stay_ready();
  FullSink full;
  TimeBudget patience{20s, 64 * 1024};
  std::promise<Outcome> held;
  transport_.start({server_.url("/held")}, full, patience, {}, [&](Outcome come) { held.set_value(std::move(come)); });
  full.wait_until_asked();
  {
    const Scarcity scarcity{0};
    const auto answer = get(server_.url("/"));
    EXPECT_TRUE(answer) << answer.error().detail;
  }
  full.give_room();
  EXPECT_TRUE(held.get_future().get());
  EXPECT_EQ(full.body(), "hello");
  EXPECT_EQ(times, 2);
}

/// Ends when the client has closed the connection.
class Closed {
 public:
  explicit Closed(SocketServer& server, const std::string& path) {
    server.on(path, [this](Connection& connection) {
      connection.send(kHello);
      connection.wait_for_close();
      connection.close();
      closed_.set_value();
    });
  }
  void wait() { closed_.get_future().wait(); }

 private:
  std::promise<void> closed_;
};

TEST_F(ShortageTest, IdleConnectionsAreGivenBackWhenAnotherLayerRunsOut) {
  Closed closed{server_, "/kept"};
  ASSERT_TRUE(get(server_.url("/kept")));
  give_back_idle();
  closed.wait();
}

TEST_F(ShortageTest, FewConnectionsIdleWhereFewDescriptorsMayBeOpen) {
  Closed closed{server_, "/kept"};
  ASSERT_TRUE(get(server_.url("/kept")));
  // Those of the server stay; that of the transfers ends when the connection counts as idle.
  wait_until_threads_are_no_more_than(kThreadsOfNobody + 2);
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  rlimit low = before;
  low.rlim_cur = 15;  // one of eight
  CurlTransport other{{.proxy = ""}};
  server_.on("/few", [&](Connection& connection) {
    ::setrlimit(RLIMIT_NOFILE, &low);
    connection.send(kHello);
  });
  TimeBudget budget{20s, 64 * 1024};
  ASSERT_TRUE(outcome_of(other, {server_.url("/few")}, sink_, budget, {}));
  closed.wait();  // the one that had been idle for longer
  ::setrlimit(RLIMIT_NOFILE, &before);
  const int connections = server_.connections();
  ASSERT_TRUE(outcome_of(other, {server_.url("/")}, sink_, budget, {}));
  EXPECT_EQ(server_.connections(), connections) << "the other one is still there";
}

}  // namespace
}  // namespace klinekeep::transport
