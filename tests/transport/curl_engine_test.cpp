// Many transfers of one client, as one thread drives them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <latch>
#include <set>
#include <thread>

#include "threads.hpp"
#include "transport/curl_transport.hpp"
#include "transport/fakes.hpp"
#include "transport/socket_server.hpp"

namespace klinekeep::transport {
namespace {

using namespace std::chrono_literals;
using Kind = TransportError::Kind;

std::string answer(const std::string& body, const std::string& headers = {}) {
  return "HTTP/1.1 200 OK\r\n" + headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// A transfer that is under way, or was.
class Transfer {
 public:
  explicit Transfer(Duration patience = 20s) : budget_(patience, 64 * 1024) {}
  void start(HttpTransport& transport, HttpRequest request, std::stop_token stop = {}) {
    transport.start(std::move(request), sink_, budget_, std::move(stop), [this](Outcome come) {
      thread_ = std::this_thread::get_id();
      outcome_.set_value(std::move(come));
    });
  }
  Outcome outcome() { return outcome_.get_future().get(); }
  [[nodiscard]] const std::string& body() const { return sink_.body(); }
  [[nodiscard]] std::thread::id thread() const { return thread_; }

 private:
  StringSink sink_{1 << 26};
  TimeBudget budget_;
  std::promise<Outcome> outcome_;
  std::thread::id thread_;
};

class CurlEngineTest : public testing::Test {
 protected:
  SocketServer server_;
  CurlTransport transport_{{.proxy = ""}};
};

TEST_F(CurlEngineTest, HasManyUnderWayAtOnceOnOneThread) {
  constexpr int kMany = 40;
  std::latch all_asked{kMany};
  server_.on_any([&](Connection& connection, const std::string& path) {
    all_asked.arrive_and_wait();  // would never end if one had to be answered before another is asked
    connection.send(answer(path));
  });
  const auto ready = transport_.stay_ready();
  std::list<Transfer> transfers(kMany);
  int number = 0;
  for (Transfer& transfer : transfers) transfer.start(transport_, {server_.url("/" + std::to_string(number++))});
  std::set<std::thread::id> threads;
  number = 0;
  for (Transfer& transfer : transfers) {
    EXPECT_TRUE(transfer.outcome());
    EXPECT_EQ(transfer.body(), "/" + std::to_string(number++));
    threads.insert(transfer.thread());
  }
  EXPECT_EQ(threads.size(), 1U);
  EXPECT_FALSE(threads.contains(std::this_thread::get_id()));
}

/// Of many on a slow line each gets little, and together what the line has; who gets nothing is not waited for.
TEST_F(CurlEngineTest, WhoGetsSomethingIsNotCutWhileTheHostSendsEnoughForAll) {
  const auto is_over = std::make_shared<std::atomic<bool>>(false);  // the server is there for longer than this
  server_.on("/much", [is_over](Connection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
    while (!*is_over && connection.send(std::string(16 * 1024, 'x')) && connection.pause_ms(10)) {
    }
    connection.close();
  });
  server_.on("/little", [](Connection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 150\r\n\r\n");
    for (int i = 0; i < 150 && connection.send("x") && connection.pause_ms(10); ++i) {
    }
  });
  server_.on("/nothing", [](Connection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 150\r\n\r\nx");
    connection.wait_for_close();
  });
  const auto ready = transport_.stay_ready();
  Transfer much;
  Transfer little{1s};
  Transfer nothing{1s};
  much.start(transport_, {server_.url("/much")});
  little.start(transport_, {server_.url("/little")});
  nothing.start(transport_, {server_.url("/nothing")});
  const Outcome came = little.outcome();
  EXPECT_TRUE(came) << came.error().detail;
  const Outcome silent = nothing.outcome();
  *is_over = true;
  ASSERT_FALSE(silent);
  EXPECT_EQ(silent.error().kind, TransportError::Kind::timed_out);
  EXPECT_TRUE(much.outcome());
}

TEST_F(CurlEngineTest, AStopEndsItsOwnTransfersAlone) {
  std::latch both_asked{2};
  std::promise<void> go_on;
  server_.on("/hangs", [&](Connection& connection) {
    both_asked.count_down();
    connection.wait_for_close();
  });
  server_.on("/goes_on", [&](Connection& connection) {
    both_asked.count_down();
    go_on.get_future().wait();
    connection.send(answer("there"));
  });
  std::stop_source stop;
  Transfer hangs;
  Transfer goes_on;
  hangs.start(transport_, {server_.url("/hangs")}, stop.get_token());
  goes_on.start(transport_, {server_.url("/goes_on")});
  both_asked.wait();
  stop.request_stop();
  EXPECT_EQ(hangs.outcome().error().kind, Kind::cancelled);
  go_on.set_value();
  EXPECT_TRUE(goes_on.outcome());
}

TEST_F(CurlEngineTest, ASinkWithoutRoomIsAskedAgainAndHoldsUpNobody) {
  struct Full : StringSink {
    using StringSink::StringSink;
    bool has_room(std::size_t) override {
      ++asked_;
      return has_room_;
    }
    bool write(std::string_view bytes) override {
      is_written_ = true;
      return StringSink::write(bytes);
    }
    std::atomic<int> asked_ = 0;
    std::atomic<bool> has_room_ = false;
    std::atomic<bool> is_written_ = false;
  } full{1 << 22};
  const std::string body(1 << 20, 'x');
  server_.on("/large", answer(body));
  server_.on("/small", answer("small"));
  TimeBudget budget{200ms, 1};  // the host is not to blame, however long it takes
  std::promise<Outcome> come;
  transport_.start({server_.url("/large")}, full, budget, {}, [&](Outcome outcome) { come.set_value(outcome); });
  Transfer small;
  small.start(transport_, {server_.url("/small")});
  EXPECT_TRUE(small.outcome());
  while (full.asked_ < 60) std::this_thread::yield();  // for longer than its budget
  EXPECT_FALSE(full.is_written_);
  full.has_room_ = true;
  EXPECT_TRUE(come.get_future().get());
  EXPECT_EQ(full.body(), body);
}

TEST_F(CurlEngineTest, AskedForCompressionItUndoesIt) {
  // gzip of "hello"
  const std::string gzip{
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\x07\x00\x86\xa6\x10\x36\x05\x00\x00\x00", 25};
  server_.on("/", answer(gzip, "Content-Encoding: gzip\r\n"));
  Transfer undone;
  undone.start(transport_, {.url = server_.url("/"), .compressed = true});
  EXPECT_TRUE(undone.outcome());
  EXPECT_EQ(undone.body(), "hello");
  Transfer as_it_is;
  as_it_is.start(transport_, {server_.url("/")});
  EXPECT_TRUE(as_it_is.outcome());
  EXPECT_EQ(as_it_is.body(), gzip);
  EXPECT_THAT(server_.log().at(0), testing::HasSubstr("Accept-Encoding: gzip\r\n"));
  EXPECT_THAT(server_.log().at(1), testing::Not(testing::HasSubstr("Accept-Encoding")));
  server_.on("/broken", answer("hello, uncompressed", "Content-Encoding: gzip\r\n"));
  Transfer broken;
  broken.start(transport_, {.url = server_.url("/broken"), .compressed = true});
  EXPECT_EQ(broken.outcome().error().kind, Kind::broken);
}

TEST_F(CurlEngineTest, SleepsForAsLongAsItIsToldUnlessItIsStopped) {
  const auto sleep = [&](Duration time, const std::stop_token& stop) {
    return await<bool>([&](std::function<void(bool)> woken) { transport_.sleep(time, stop, std::move(woken)); });
  };
  EXPECT_TRUE(sleep(-1h, {}));
  EXPECT_TRUE(sleep(1ms, {}));
  std::stop_source stop;
  {
    const std::jthread stops{[&] { stop.request_stop(); }};
    EXPECT_FALSE(sleep(Duration::max(), stop.get_token()));
  }
  EXPECT_FALSE(sleep(24h, stop.get_token()));
  EXPECT_FALSE(sleep(-1h, stop.get_token()));
}

TEST_F(CurlEngineTest, LeavesNoThreadBehindOnceNobodyStaysReady) {
  server_.on("/", answer("hello"));
  const auto ask = [&] {
    Transfer transfer;
    transfer.start(transport_, {server_.url("/")});
    return transfer.outcome().has_value();
  };
  auto ready = transport_.stay_ready();
  ASSERT_TRUE(ask());
  const int with_thread = threads_of_process();
  ASSERT_TRUE(ask());
  EXPECT_EQ(threads_of_process(), with_thread);
  ready.reset();
  wait_until_threads_are_no_more_than(with_thread - 1);
  ASSERT_TRUE(ask());
  EXPECT_EQ(server_.connections(), 1) << "the connection outlasts the thread";
}

TEST_F(CurlEngineTest, AChildThatIsForkedWhileTransfersAreUnderWayHasTransfersOfItsOwn) {
  std::promise<void> asked;
  std::promise<void> go_on;
  server_.on("/slow", [&](Connection& connection) {
    asked.set_value();
    go_on.get_future().wait();
    connection.send(answer("slow"));
  });
  server_.on("/", answer("hello"));
  const auto ready = transport_.stay_ready();
  Transfer slow;
  slow.start(transport_, {server_.url("/slow")});
  asked.get_future().wait();
  const pid_t child = ::fork();
  if (child == 0) {
    Transfer own;
    own.start(transport_, {server_.url("/")});
    ::_exit(own.outcome() && own.body() == "hello" ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  go_on.set_value();
  EXPECT_TRUE(slow.outcome());
  EXPECT_EQ(slow.body(), "slow");
}

/// No thread can be started meanwhile: there is no room for its stack.
class NoThreads {
 public:
  NoThreads() {
    pthread_getattr_default_np(&before_);
    pthread_attr_t endless;
    pthread_getattr_default_np(&endless);
    pthread_attr_setstacksize(&endless, std::size_t{1} << 46);
    pthread_setattr_default_np(&endless);
    pthread_attr_destroy(&endless);
  }
  ~NoThreads() {
    pthread_setattr_default_np(&before_);
    pthread_attr_destroy(&before_);
  }
  NoThreads(const NoThreads&) = delete;
  NoThreads& operator=(const NoThreads&) = delete;

 private:
  pthread_attr_t before_{};
};

TEST_F(CurlEngineTest, WhereNoThreadCanBeHadTheCallerDrives) {
  if (!kThreadsCanRunOut) GTEST_SKIP() << "a sanitizer is in the way";
  server_.on("/", answer("hello"));
  auto ready = transport_.stay_ready();
  Transfer first;
  first.start(transport_, {server_.url("/")});
  ASSERT_TRUE(first.outcome());
  const int with_thread = threads_of_process();
  ready.reset();
  wait_until_threads_are_no_more_than(with_thread - 1);  // it would take what comes next
  const NoThreads scarce;
  Transfer alone;
  alone.start(transport_, {server_.url("/")});
  EXPECT_TRUE(alone.outcome());
  EXPECT_EQ(alone.thread(), std::this_thread::get_id());

  struct Full : StringSink {
    using StringSink::StringSink;
    bool has_room(std::size_t) override { return false; }
  } full{5};
  TimeBudget budget{20s, 1};
  std::optional<Outcome> come;
  transport_.start({server_.url("/")}, full, budget, {}, [&](Outcome outcome) { come = std::move(outcome); });
  ASSERT_TRUE(come && *come) << "would wait for ever for the room that the caller makes";
  EXPECT_EQ(full.body(), "hello");
}

}  // namespace
}  // namespace klinekeep::transport
