// One call of HostClient::get, from the rate limit to the answer or the last failure.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "transport/attempt_sink.hpp"
#include "transport/host_client.hpp"

namespace klinekeep::transport {

/// What went wrong, attempt by attempt, as one phrase: "HTTP 503 five times", "3 tries, the last: connection reset".
class Mishaps {
 public:
  void add(std::string what);
  [[nodiscard]] std::string phrase() const;

 private:
  std::string last_;
  int count_ = 0;
  bool all_same_ = true;
};

/// Used once, by one thread. All arguments must outlive it. `counters` starts at zero and is kept up to date.
class HostCall {
 public:
  HostCall(const Parts& parts, const RetryPolicy& policy, const Clock& answers, const Request& request,
           const std::string& origin, std::stop_token stop, Counters& counters)
      : parts_(parts),
        policy_(policy),
        answers_(answers),
        request_(request),
        origin_(origin),
        stop_(std::move(stop)),
        budget_(request.patience.value_or(policy.total), policy.floor_speed),
        counters_(counters) {}

  [[nodiscard]] tl::expected<Response, Failure> run();

 private:
  using Ended = std::optional<tl::expected<Response, Failure>>;  // none: once more

  [[nodiscard]] Ended attempt();
  [[nodiscard]] tl::expected<Granted, Failure> wait_for_leave();
  void learn(const ResponseHead& head, const Granted& granted);
  [[nodiscard]] Ended on_transport_error(const TransportError& error);
  [[nodiscard]] Ended on_transient(std::string what);
  [[nodiscard]] Ended on_refused(std::string what);
  [[nodiscard]] Ended on_pause(const AttemptSink& answer, std::string_view text, PauseReason reason);
  [[nodiscard]] Ended rest_before_retry(Duration pause);
  [[nodiscard]] tl::unexpected<Failure> fail(Failure::Kind kind, std::string detail) const;

  const Parts& parts_;
  const RetryPolicy& policy_;
  const Clock& answers_;
  const Request& request_;
  const std::string& origin_;
  std::stop_token stop_;
  TimeBudget budget_;
  Counters& counters_;
  Mishaps mishaps_;
  HttpFailure last_;
  int transients_ = 0;
  int refusals_ = 0;  // in a row
  int pauses_ = 0;
  int bans_ = 0;
};

}  // namespace klinekeep::transport
