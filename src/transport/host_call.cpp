#include "transport/host_call.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "codecs/http_text.hpp"

namespace klinekeep::transport {
namespace {

std::string times(int count) {
  constexpr std::array<std::string_view, 10> kWords = {"twice",     "three times", "four times",  "five times",
                                                       "six times", "seven times", "eight times", "nine times",
                                                       "ten times", "eleven times"};
  const auto word = static_cast<std::size_t>(count) - 2;
  return word < kWords.size() ? std::string{kWords[word]} : fmt::format("{} times", count);
}

std::string seconds(Duration time) { return fmt::format("{:g} s", static_cast<double>(time.count()) / 1e6); }

std::chrono::seconds whole_seconds(Duration time) { return std::chrono::ceil<std::chrono::seconds>(time); }

}  // namespace

void Mishaps::add(std::string what) {
  all_same_ = all_same_ && (count_ == 0 || what == last_);
  last_ = std::move(what);
  ++count_;
}

std::string Mishaps::phrase() const {
  if (count_ <= 1) return last_;
  return all_same_ ? fmt::format("{} {}", last_, times(count_)) : fmt::format("{} tries, the last: {}", count_, last_);
}

HostCall::HostCall(HostClient& client, HostRequest request, std::string endpoint, std::stop_token stop)
    : client_(client),
      services_(client.services_),
      policy_(client.policy_),
      request_(std::move(request)),
      endpoint_(std::move(endpoint)),
      stop_(std::move(stop)),
      budget_(request_.patience.value_or(policy_.total), policy_.floor_speed) {
  last_.url = request_.url;
}

template <class Step>
auto HostCall::then(Step step) {
  return [self = shared_from_this(), step = std::move(step)](auto&&... what) {
    if (!self->done_) return;  // it has ended by what was thrown while this was being asked for
    try {
      step(*self, std::forward<decltype(what)>(what)...);
    } catch (...) {
      self->finish(thrown(std::current_exception()));
    }
  };
}

void HostCall::begin(HostClient::Done done) {
  done_ = std::move(done);
  then([](HostCall& call) { call.enter(); })();
}

void HostCall::enter() {
  services_.hosts->enter(endpoint_, request_.lists, request_.rest, stop_,
                         then([](HostCall& call, tl::expected<KnownHosts::Visit, Failure> visit) {
                           if (!visit) {
                             visit.error().http.url = call.request_.url;
                             return call.finish(tl::make_unexpected(std::move(visit.error())));
                           }
                           call.visit_.emplace(*std::move(visit));
                           call.wait_for_turn();
                         }));
}

void HostCall::wait_for_turn() {
  const int first = request_.rest ? HostWindow::kMost : HostWindow::kFirst;  // REST is held by its budget of weight
  services_.lanes->enter(endpoint_, &client_, first, stop_, then([](HostCall& call, std::optional<Lanes::Place> place) {
                           if (!place) return call.fail(Failure::Kind::cancelled, "cancelled");
                           call.place_.emplace(*std::move(place));
                           call.ask_leave();
                         }));
}

void HostCall::ask_leave() {
  if (stop_.stop_requested()) return fail(Failure::Kind::cancelled, "cancelled");
  if (auto why = visit_->must_leave()) return give_up_like(*std::move(why));
  const Leave leave = services_.limiter->ask(endpoint_, request_.weight, request_.limit);
  if (!wants_leave_since_) wants_leave_since_ = leave.at;
  if (leave.not_before && *leave.not_before - *wants_leave_since_ <= policy_.longest_rate_limit_wait) {
    return wait_for_leave(leave);
  }
  const Duration waited = leave.at - *std::exchange(wants_leave_since_, std::nullopt);
  if (waited > Duration{0}) {
    ++counters_.waits;
    counters_.waited += waited;
  }
  if (!leave.not_before) return send(leave.at);
  Failure refused = failure(Failure::Kind::rate_limited,
                            fmt::format("{}, come again at {}",
                                        leave.banned   ? "banned by the host"
                                        : leave.paused ? "paused by the host's rate limit"
                                                       : "this machine's share of the rate limit is used up",
                                        format_iso(std::chrono::ceil<std::chrono::seconds>(*leave.not_before))));
  refused.http.retry_after = whole_seconds(std::max(*leave.not_before - services_.clock(), Duration{0}));
  finish(tl::make_unexpected(std::move(refused)));
}

/// Its turn goes to another meanwhile.
void HostCall::wait_for_leave(const Leave& leave) {
  place_.reset();
  services_.sleeper->sleep(*leave.not_before - leave.at, stop_, then([](HostCall& call, bool came) {
    if (!came) return call.fail(Failure::Kind::cancelled, "cancelled");
    call.wait_for_turn();
  }));
}

void HostCall::send(Timestamp granted) {
  const Timestamp sent = client_.answers_();
  heard_ = sent;
  sent_at_ = services_.clock();
  sink_.emplace(request_.sink, [this, granted](const ResponseHead& head) {
    heard_ = client_.answers_();
    until_head_ = std::max(services_.clock() - sent_at_, Duration{0});
    learn(head, granted);
  });
  budget_.begin_attempt();
  broke_off_ = false;
  ++counters_.requests;
  if (counters_.requests > 1) ++counters_.retries;
  services_.transport->start({.url = request_.url, .compressed = request_.compressed}, *sink_, budget_, stop_,
                             then([sent](HostCall& call, const Outcome& outcome) { call.on_outcome(outcome, sent); }));
}

void HostCall::on_outcome(const Outcome& outcome, Timestamp sent) {
  counters_.bytes += sink_->bytes();
  tell_lane(outcome);
  if (!outcome && outcome.error().kind == TransportError::Kind::thrown) std::rethrow_exception(outcome.error().thrown);
  if (!outcome && outcome.error().kind == TransportError::Kind::cancelled) {
    return fail(Failure::Kind::cancelled, "cancelled");
  }
  if (sink_->head()) {  // what it says counts, even if its body did not arrive whole
    last_.status = sink_->head()->status;
    last_.retry_after = retry_after(*sink_->head(), services_.clock());
    if (last_.status == kProxyWantsLogin) return fail(Failure::Kind::no_way, told_of_proxy(last_.status));
    switch (judge(last_.status)) {
      case Verdict::rate_limited:
        return on_pause(sink_->text(), PauseReason::rate_limit);
      case Verdict::banned:
        return on_pause(sink_->text(), PauseReason::ban);
      case Verdict::transient:
        return on_transient(fmt::format("HTTP {}", last_.status));
      case Verdict::answer:
        break;
    }
  }
  if (!outcome && !sink_->has_enough()) {
    last_.status = 0;
    broke_off_ = sink_->head() && outcome.error().kind == TransportError::Kind::broken;
    return on_transport_error(outcome.error());
  }
  finish(Response{.head = outcome ? *outcome : *sink_->head(),
                  .sent = sent,
                  .heard = heard_,
                  .text = std::move(sink_->text()),
                  .attempts = static_cast<int>(counters_.requests),
                  .bytes = counters_.bytes});
}

/// What the host has to bear is known from how it bears this.
void HostCall::tell_lane(const Outcome& outcome) {
  if (!place_) return;
  using Kind = TransportError::Kind;
  const auto& head = sink_->head();
  const bool is_answer = head && judge(head->status) == Verdict::answer;
  if (outcome && is_answer) {
    place_->answered(until_head_);
  } else if (head ? !is_answer
                  : outcome.error().kind == Kind::broken || outcome.error().kind == Kind::timed_out ||
                        outcome.error().kind == Kind::refused_or_unroutable || outcome.error().kind == Kind::ran_out) {
    place_->troubled();
  }
  place_.reset();
}

void HostCall::learn(const ResponseHead& head, Timestamp granted) {
  const auto used = head.header("X-MBX-USED-WEIGHT-1M");
  const auto weight = used && request_.weight > 0 ? codecs::parse_header_integer(*used) : std::nullopt;
  if (weight) services_.limiter->observe(endpoint_, granted, *weight);

  const auto text = head.header("Date");
  const auto date = text && request_.rest && head.status < 500 ? codecs::parse_http_date(*text) : std::nullopt;
  if (date) services_.exchange_clock->observe(*date);
}

void HostCall::on_transport_error(const TransportError& error) {
  switch (error.kind) {
    case TransportError::Kind::refused_or_unroutable:
    case TransportError::Kind::tls:
      return on_refused(error.detail);
    case TransportError::Kind::no_way:
      return fail(Failure::Kind::no_way, error.detail);
    case TransportError::Kind::ran_out:  // the transport has tried again, with all that could be had
      return fail(Failure::Kind::ran_out, error.detail);
    case TransportError::Kind::too_large:
      return fail(Failure::Kind::too_large, error.detail);
    case TransportError::Kind::cancelled:
    case TransportError::Kind::thrown:
    case TransportError::Kind::timed_out:
    case TransportError::Kind::broken:
      break;
  }
  on_transient(error.detail);
}

void HostCall::on_transient(std::string what) {
  refusals_ = 0;
  mishaps_.add(std::move(what));
  budget_.end_in_vain();
  rest_before_retry(backoff(policy_, transients_++, services_.random()));
}

void HostCall::on_refused(std::string what) {
  mishaps_.add(std::move(what));
  if (++refusals_ >= policy_.refused_tries) return fail(Failure::Kind::unavailable, mishaps_.phrase());
  rest_before_retry(policy_.refused_pause);
}

void HostCall::on_pause(std::string_view text, PauseReason reason) {
  refusals_ = 0;
  const Timestamp now = services_.clock();
  const Duration pause = pause_asked(*sink_->head(), text, now);
  services_.limiter->pause(endpoint_, now + pause, reason);
  const std::string_view what = reason == PauseReason::ban ? "banned (HTTP 418)" : "over the rate limit (HTTP 429)";
  if (!last_.retry_after) last_.retry_after = whole_seconds(pause);
  if (pause > policy_.longest_rate_limit_wait) {
    return fail(Failure::Kind::rate_limited, fmt::format("{}, to wait {}", what, seconds(pause)));
  }
  if (reason == PauseReason::ban && bans_++ > 0) {
    return fail(Failure::Kind::rate_limited, fmt::format("{} again after a ban that was waited out", what));
  }
  if (++pauses_ > policy_.rate_limit_waits) {
    return fail(Failure::Kind::rate_limited, fmt::format("{} again after {} waits", what, policy_.rate_limit_waits));
  }
  wait_for_turn();  // and for the limiter
}

void HostCall::rest_before_retry(Duration pause) {
  if (budget_.left() <= pause) {
    const std::string phrase = mishaps_.phrase();
    const std::string limit = seconds(budget_.total());
    return fail(Failure::Kind::unavailable,
                phrase.ends_with(limit) ? phrase : fmt::format("{} within {}", phrase, limit));
  }
  budget_.spend(pause);
  services_.sleeper->sleep(pause, stop_, then([](HostCall& call, bool came) {
                             if (!came) return call.fail(Failure::Kind::cancelled, "cancelled");
                             call.wait_for_turn();
                           }));
}

void HostCall::give_up_like(Failure other) {
  Failure mine = failure(other.kind, std::move(other.detail));
  mine.http.status = other.http.status;
  mine.http.retry_after = other.http.retry_after;
  finish(tl::make_unexpected(std::move(mine)));
}

void HostCall::fail(Failure::Kind kind, std::string detail) {
  finish(tl::make_unexpected(failure(kind, std::move(detail))));
}

Failure HostCall::failure(Failure::Kind kind, std::string detail) const {
  return {.kind = kind,
          .http = last_,
          .detail = std::move(detail),
          .attempts = static_cast<int>(counters_.requests),
          .bytes = counters_.bytes,
          .spent = budget_.total() - budget_.left(),
          .broke_off = broke_off_};
}

/// Others go on before the caller does: who it is that learns of the end may be waiting for them.
void HostCall::finish(Answer answer) {
  if (!done_) return;
  if (visit_) visit_->ended(answer);
  client_.count(counters_);
  const auto done = std::exchange(done_, nullptr);
  place_.reset();
  visit_.reset();
  done(std::move(answer));
}

}  // namespace klinekeep::transport
