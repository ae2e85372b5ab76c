// One call of HostClient::get, from the rate limit to the answer or the last failure.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

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

/// Begun once. It goes from one callback to the next and keeps itself alive by them; no two of them run at once.
class HostCall : public std::enable_shared_from_this<HostCall> {
 public:
  /// `client` must outlive it.
  HostCall(HostClient& client, HostRequest request, std::string endpoint, std::stop_token stop);

  /// Throws nothing: from here on whatever goes wrong is told to `done`.
  void begin(HostClient::Done done);

 private:
  void enter();
  // The way of an attempt.
  void wait_for_turn();
  void ask_leave();
  void send(Timestamp granted);
  void on_outcome(const Outcome& outcome, Timestamp sent);

  void wait_for_leave(const Leave& leave);
  void learn(const ResponseHead& head, Timestamp granted);
  void tell_lane(const Outcome& outcome);

  void on_transport_error(const TransportError& error);
  void on_transient(std::string what);
  void on_refused(std::string what);
  void on_pause(std::string_view text, PauseReason reason);
  void rest_before_retry(Duration pause);

  void give_up_like(Failure other);
  void fail(Failure::Kind kind, std::string detail);
  [[nodiscard]] Failure failure(Failure::Kind kind, std::string detail) const;
  void finish(Answer answer);
  /// A callback of ours that runs `step`: what it throws ends the call.
  template <class Step>
  [[nodiscard]] auto then(Step step);

  HostClient& client_;
  const Services& services_;
  const RetryPolicy& policy_;
  HostRequest request_;
  std::string endpoint_;
  std::stop_token stop_;
  HostClient::Done done_;
  std::optional<KnownHosts::Visit> visit_;
  std::optional<Lanes::Place> place_;  // while an attempt is under way
  std::optional<AttemptSink> sink_;    // of the attempt
  Timestamp heard_{};                  // its head
  Timestamp sent_at_{};                // by the machine's clock, as what follows
  Duration until_head_{0};
  TimeBudget budget_;
  Counters counters_;
  std::optional<Timestamp> wants_leave_since_;
  Mishaps mishaps_;
  HttpFailure last_;
  bool broke_off_ = false;
  int transients_ = 0;
  int refusals_ = 0;  // in a row
  int pauses_ = 0;
  int bans_ = 0;
};

}  // namespace klinekeep::transport
