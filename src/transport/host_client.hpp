// What the sources call: a GET with its rate limit, its retries and the end of its patience.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <tl/expected.hpp>

#include "klinekeep/clock.hpp"
#include "klinekeep/errors.hpp"
#include "transport/curl_transport.hpp"
#include "transport/exchange_clock.hpp"
#include "transport/http.hpp"
#include "transport/machine_rate_limiter.hpp"
#include "transport/rate_limiter.hpp"
#include "transport/retry_policy.hpp"
#include "transport/sleeper.hpp"

namespace klinekeep::transport {

struct Request {
  std::string url;
  BodySink& sink;     // sees the bodies of 2xx answers only; `start` again at each attempt that brings one
  int weight = 0;     // 0: the host has no limiter (the archive)
  int limit = 0;      // the host's weight a minute
  bool rest = false;  // a REST host: its first call goes alone, and its Date is the exchange's
};

/// An answer: any status but 429, 418 and 5xx.
struct Response {
  ResponseHead head;
  Timestamp sent = {};     // when the attempt that brought it began, by the clock of answers
  Timestamp heard = {};    // when its head had arrived
  std::string text = {};   // of an answer that is not 2xx: the first 64 KiB of its body
  int attempts = 0;        // requests sent for it
  std::int64_t bytes = 0;  // of all bodies received for it
};

/// Why there is no answer.
struct Failure {
  enum class Kind : std::uint8_t {
    unavailable,   // the host did not answer in the time it had: it is down for this client from now on
    host_down,     // not asked, because the host is down
    rate_limited,  // the host, or our share of its budget, makes us wait longer than we do
    too_large,     // the sink refused the body
    ran_out,       // descriptors, threads or memory of ours: it says nothing of the host, which stays up
    cancelled,
  };
  Kind kind;
  HttpFailure http;         // status 0: no answer; retry_after: as told, or what is left of a pause
  std::string detail = {};  // for people, without the URL: "HTTP 503 five times within 30 s"
  int attempts = 0;
  std::int64_t bytes = 0;
};

/// What a client did, for the report.
struct Counters {
  std::int64_t requests = 0;  // sent: what a server's log would have
  std::int64_t bytes = 0;     // of bodies received
  std::int64_t retries = 0;   // requests that repeat a failed one
  std::int64_t waits = 0;     // for a rate limit
  Duration waited{0};         // by them
};

/// What a client works with. Shared between clients, so that connections, budgets and the exchange's clock outlive each
/// of them.
struct Parts {
  std::shared_ptr<HttpTransport> transport = {};
  std::shared_ptr<RateLimiter> limiter = {};
  std::shared_ptr<Sleeper> sleeper = {};
  std::shared_ptr<ExchangeClock> exchange_clock = {};
  Clock clock = system_now;  // the machine's, never --now: for budgets and waits
  Uniform random = {};       // for the jitter
};

/// Parts that work on the real world.
[[nodiscard]] Parts real_parts(CurlOptions curl = {}, RateLimiterOptions limiter = {});

/// The patience of one run: make one client for each. Thread-safe. Every call ends: by an answer, or by a failure when
/// its time (RetryPolicy::total, not counting waits for a rate limit) is used up. Throws only what sinks throw, and
/// std::bad_alloc.
///   5xx, time-outs, broken transfers: the same again after a back-off with jitter, until the time is used up.
///   refused, no route, unknown name, TLS: two quick tries.
///   429, 418: the host is paused for all workers and processes; this call waits and goes on, three times at most; a
///   pause above 120 s fails it at once.
/// A host that used its time up is down: later calls to it fail at once, those in flight may finish.
class HostClient {
 public:
  /// `answers` tells when an answer was asked and heard: the machine's clock, or `--now` in its place.
  explicit HostClient(Parts parts, RetryPolicy policy = {}, Clock answers = system_now);
  ~HostClient();
  HostClient(const HostClient&) = delete;
  HostClient& operator=(const HostClient&) = delete;

  [[nodiscard]] tl::expected<Response, Failure> get(const Request& request, std::stop_token stop = {});

  /// exchangeInfo's REQUEST_WEIGHT a minute, for the host of `url`.
  void learn_limit(const std::string& url, int limit);
  /// What the limiter has to say with -v.
  [[nodiscard]] std::optional<std::string> note() const { return parts_.limiter->note(); }
  [[nodiscard]] Counters counters() const;

 private:
  struct Host;
  class Visit;

  [[nodiscard]] tl::expected<Visit, Failure> enter(const Request& request, const std::string& origin,
                                                   std::stop_token stop);

  Parts parts_;
  RetryPolicy policy_;
  Clock answers_;
  mutable std::mutex mutex_;  // of what follows
  std::condition_variable_any first_call_over_;
  std::map<std::string, std::unique_ptr<Host>> hosts_;
  Counters counters_;
};

}  // namespace klinekeep::transport
