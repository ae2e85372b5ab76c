// A world for the policy: time that passes only when someone sleeps or a fake answer takes some, and a network by
// script.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "transport/await.hpp"
#include "transport/host_client.hpp"

namespace klinekeep::transport {

/// 2024-03-15 12:00:00 UTC: the beginning of a minute.
inline constexpr Timestamp kNoon = from_ms(1'710'504'000'000);

/// The time of a test. Thread-safe.
class FakeTime {
 public:
  explicit FakeTime(Timestamp now = kNoon) : now_(now) {}

  void pass(Duration time) {
    const std::lock_guard lock(mutex_);
    now_ += time;
  }
  void set_clock(Timestamp now) {
    const std::lock_guard lock(mutex_);
    now_ = now;
  }
  [[nodiscard]] Timestamp now() const {
    const std::lock_guard lock(mutex_);
    return now_;
  }
  [[nodiscard]] Clock clock() const {
    return [this] { return now(); };
  }

 private:
  mutable std::mutex mutex_;
  Timestamp now_;
};

/// Waits for the answer.
inline Answer answer_of(HostClient& client, HostRequest request, std::stop_token stop = {}) {
  return await<Answer>(
      [&](HostClient::Done done) { client.get(std::move(request), std::move(stop), std::move(done)); });
}

/// Waits for the outcome.
inline Outcome outcome_of(HttpTransport& transport, HttpRequest request, BodySink& sink, TimeBudget& budget,
                          std::stop_token stop = {}) {
  return await<Outcome>([&](std::function<void(Outcome)> done) {
    transport.start(std::move(request), sink, budget, std::move(stop), std::move(done));
  });
}

/// Has budget for everything.
class FreeLimiter final : public RateLimiter {
 public:
  Leave ask(const std::string& /*host*/, int /*weight*/, int /*limit*/) override { return {.at = kNoon}; }
  void observe(const std::string& /*host*/, Timestamp /*granted*/, std::int64_t /*used*/) override {}
  void pause(const std::string& /*host*/, Timestamp /*until*/, PauseReason /*reason*/) override {}
  void learn_limit(const std::string& /*host*/, int /*limit*/) override {}
  [[nodiscard]] std::optional<std::string> note() const override { return std::nullopt; }
};

/// Passes the fake time at once, and remembers for how long it was asked.
class FakeSleeper final : public Sleeper {
 public:
  explicit FakeSleeper(FakeTime& time) : time_(time) {}

  void sleep(Duration time, std::stop_token stop, std::function<void(bool)> woken) override {
    {
      const std::lock_guard lock(mutex_);
      slept_.push_back(time);
    }
    if (on_sleep) on_sleep();
    if (stop.stop_requested()) return woken(false);
    time_.pass(time);
    if (on_wake) on_wake();
    woken(true);
  }
  [[nodiscard]] std::vector<Duration> slept() const {
    const std::lock_guard lock(mutex_);
    return slept_;
  }
  std::function<void()> on_sleep;
  std::function<void()> on_wake;

 private:
  FakeTime& time_;
  mutable std::mutex mutex_;
  std::vector<Duration> slept_;
};

/// One scripted outcome of a request.
struct Play {
  int status = 200;
  std::vector<Header> headers = {};
  std::string body = {};
  Duration takes{0};                               // until the head is there
  Duration body_takes{0};                          // from then on
  std::optional<TransportError::Kind> error = {};  // after the head, when there is a status
  std::function<void()> meanwhile = {};
};

inline Play status(int code, std::vector<Header> headers = {}, std::string body = {}) {
  return {.status = code, .headers = std::move(headers), .body = std::move(body)};
}
inline Play error(TransportError::Kind kind, Duration takes = Duration{0}) {
  return {.status = 0, .takes = takes, .error = kind};
}

/// Plays its script, the last of it for ever, and remembers what was asked. Thread-safe.
class FakeTransport final : public HttpTransport {
 public:
  explicit FakeTransport(FakeTime& time) : time_(time) {}

  void start(HttpRequest request, BodySink& sink, TimeBudget& budget, std::stop_token stop,
             std::function<void(Outcome)> done) override {
    try {
      done(outcome(request, sink, budget, stop));
    } catch (...) {
      done(tl::make_unexpected(TransportError{TransportError::Kind::thrown, {}, std::current_exception()}));
    }
  }

  std::deque<Play> script{Play{}};
  [[nodiscard]] std::vector<std::string> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  Outcome outcome(const HttpRequest& request, BodySink& sink, TimeBudget& budget, const std::stop_token& stop) {
    const Play play = next(request.url);
    if (play.meanwhile) play.meanwhile();
    if (stop.stop_requested()) return fail(TransportError::Kind::cancelled);
    const Duration takes = std::min(play.takes, budget.left());
    time_.pass(takes);
    budget.spend(takes);
    if (takes < play.takes) return fail(TransportError::Kind::timed_out);
    const ResponseHead head{play.status, play.headers};
    if (play.status != 0) {
      sink.start(head);
      time_.pass(play.body_takes);
      budget.earn(static_cast<std::int64_t>(play.body.size()));
      if (!play.body.empty() && !sink.write(play.body)) return fail(TransportError::Kind::too_large);
    }
    if (play.error) return fail(*play.error);
    return head;
  }

  Play next(const std::string& url) {
    const std::lock_guard lock(mutex_);
    asked_.push_back(url);
    Play play = script.front();
    if (script.size() > 1) script.pop_front();
    return play;
  }
  static tl::unexpected<TransportError> fail(TransportError::Kind kind) {
    using Kind = TransportError::Kind;
    std::string detail = "broken";
    if (kind == Kind::timed_out) detail = "no answer within 30 s";
    if (kind == Kind::refused_or_unroutable) detail = "connection refused";
    if (kind == Kind::tls) detail = "TLS could not be set up";
    if (kind == Kind::too_large) detail = "too large";
    if (kind == Kind::cancelled) detail = "cancelled";
    return tl::make_unexpected(TransportError{kind, detail});
  }

  FakeTime& time_;
  mutable std::mutex mutex_;
  std::vector<std::string> asked_;
};

}  // namespace klinekeep::transport
