// What the sources call: a GET with its rate limit, its retries and the end of its patience.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "klinekeep/clock.hpp"
#include "transport/answer.hpp"
#include "transport/curl_transport.hpp"
#include "transport/exchange_clock.hpp"
#include "transport/known_hosts.hpp"
#include "transport/lanes.hpp"
#include "transport/machine_rate_limiter.hpp"
#include "transport/rate_limiter.hpp"
#include "transport/retry_policy.hpp"
#include "transport/sleeper.hpp"

namespace klinekeep::transport {

struct HostRequest {
  std::string url;
  BodySink& sink;           // sees the bodies of 2xx answers only; `start` again at each attempt that brings one
  int weight = 0;           // 0: the host has no limiter (the archive)
  int limit = 0;            // the host's weight a minute
  bool rest = false;        // a REST host: its first call goes alone, and its Date is the exchange's
  bool lists = false;       // a listing: who refuses to list may serve files, so that this is known apart
  bool compressed = false;  // asks for gzip, and undoes it
  std::optional<Duration> patience = {};  // in the place of the policy's: hosts that are asked in turn share that
};

/// What a client did, for the report.
struct Counters {
  std::int64_t requests = 0;  // sent: what a server's log would have
  std::int64_t bytes = 0;     // of bodies received
  std::int64_t retries = 0;   // requests that repeat a failed one
  std::int64_t waits = 0;     // for a rate limit
  Duration waited{0};         // by them

  Counters& operator+=(const Counters& more);
};

/// What a client works with. Shared between clients, so that connections, budgets, what is known of hosts and the
/// exchange's clock outlive each of them.
struct Services {
  std::shared_ptr<HttpTransport> transport = {};
  std::shared_ptr<RateLimiter> limiter = {};
  std::shared_ptr<Sleeper> sleeper = {};
  std::shared_ptr<KnownHosts> hosts = {};  // none: each client learns for itself
  std::shared_ptr<Lanes> lanes = {};       // none: as well
  std::shared_ptr<ExchangeClock> exchange_clock = {};
  Clock clock = system_now;  // the machine's, never --now: for budgets and waits
  Uniform random = {};       // for the jitter
};

/// Services that work on the real world.
[[nodiscard]] Services real_services(CurlOptions curl = {}, RateLimiterOptions limiter = {});

/// For one run; what it counts is the run's. Thread-safe; it must outlive its calls. Every call ends: by an answer, or
/// by a failure when its time (HostRequest::patience, not counting waits for its turn and for a rate limit) is used up.
/// Runs take turns at a host: see Lanes.
///   5xx, time-outs, broken transfers: the same again after a back-off with jitter, until the time is used up.
///   refused, no route, unknown name, TLS: two quick tries. A proxy that fails: none, as nothing was asked of the host.
///   429, 418: the host is paused for all workers and processes; this call waits and goes on, three times at most, and
///   a ban that comes again after it was waited out ends it; a pause above 120 s fails it at once.
/// A host that used its time up, or refused, is left alone: see KnownHosts.
class HostClient {
 public:
  /// `answers` tells when an answer was asked and heard: the machine's clock, or `--now` in its place.
  explicit HostClient(Services services, RetryPolicy policy = {}, Clock answers = system_now);

  using Done = std::function<void(Answer)>;
  /// `done` is called once, on any thread, perhaps before this returns, and also where memory has run out: this throws
  /// nothing, as other calls of the same work may be under way. It must be quick and not throw. The sink must live
  /// until then.
  void get(HostRequest request, std::stop_token stop, Done done);

  /// exchangeInfo's REQUEST_WEIGHT a minute, for the host of `url`.
  void learn_limit(const std::string& url, int limit);
  /// What the limiter has to say with -v.
  [[nodiscard]] std::optional<std::string> note() const { return services_.limiter->note(); }
  [[nodiscard]] Counters counters() const;
  /// That a call has where its request names none.
  [[nodiscard]] Duration patience() const { return policy_.total; }

 private:
  friend class HostCall;
  void count(const Counters& more);

  Services services_;
  RetryPolicy policy_;
  Clock answers_;
  std::shared_ptr<void> readiness_;
  mutable std::mutex mutex_;  // of what follows
  Counters counters_;
};

}  // namespace klinekeep::transport
