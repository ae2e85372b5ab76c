#include "transport/host_call.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

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

tl::expected<Response, Failure> HostCall::run() {
  last_.url = request_.url;
  while (true) {
    if (auto ended = attempt()) return *std::move(ended);
  }
}

HostCall::Ended HostCall::attempt() {
  const auto granted = wait_for_leave();
  if (!granted) return tl::make_unexpected(granted.error());

  const Timestamp sent = answers_();
  Timestamp heard = sent;
  AttemptSink sink{request_.sink, [&](const ResponseHead& head) {
                     heard = answers_();
                     learn(head, *granted);
                   }};
  ++counters_.requests;
  if (counters_.requests > 1) ++counters_.retries;
  const auto head = parts_.transport->get({.url = request_.url}, sink, budget_, stop_);
  counters_.bytes += sink.bytes();

  if (!head && head.error().kind == TransportError::Kind::cancelled) return fail(Failure::Kind::cancelled, "cancelled");
  if (sink.head()) {  // what it says counts, even if its body did not arrive whole
    last_.status = sink.head()->status;
    last_.retry_after = retry_after(*sink.head(), parts_.clock());
    if (last_.status == kProxyWantsLogin) return fail(Failure::Kind::unavailable, told_of_proxy(last_.status));
    switch (judge(last_.status)) {
      case Verdict::rate_limited:
        return on_pause(sink, sink.text(), PauseReason::rate_limit);
      case Verdict::banned:
        return on_pause(sink, sink.text(), PauseReason::ban);
      case Verdict::transient:
        return on_transient(fmt::format("HTTP {}", last_.status));
      case Verdict::answer:
        break;
    }
  }
  if (!head && !sink.has_enough()) {
    last_.status = 0;
    return on_transport_error(head.error());
  }
  return Response{.head = head ? *head : *sink.head(),
                  .sent = sent,
                  .heard = heard,
                  .text = std::move(sink.text()),
                  .attempts = static_cast<int>(counters_.requests),
                  .bytes = counters_.bytes};
}

tl::expected<Granted, Failure> HostCall::wait_for_leave() {
  const auto granted = parts_.limiter->acquire(origin_, request_.weight, request_.limit, stop_);
  const Duration waited = granted ? granted->waited : granted.error().waited;
  if (waited > Duration{0}) {
    ++counters_.waits;
    counters_.waited += waited;
  }
  if (granted) return *granted;

  const Refused& refused = granted.error();
  if (refused.kind == Refused::Kind::cancelled) return fail(Failure::Kind::cancelled, "cancelled");
  auto failure = fail(Failure::Kind::rate_limited,
                      fmt::format("{}, come again at {}",
                                  refused.banned   ? "banned by the host"
                                  : refused.paused ? "paused by the host's rate limit"
                                                   : "this machine's share of the rate limit is used up",
                                  format_iso(std::chrono::ceil<std::chrono::seconds>(refused.until))));
  failure.value().http.retry_after = whole_seconds(std::max(refused.until - parts_.clock(), Duration{0}));
  return failure;
}

void HostCall::learn(const ResponseHead& head, const Granted& granted) {
  const auto used = head.header("X-MBX-USED-WEIGHT-1M");
  const auto weight = used && request_.weight > 0 ? codecs::parse_header_integer(*used) : std::nullopt;
  if (weight) parts_.limiter->observe(origin_, granted, *weight);

  const auto text = head.header("Date");
  const auto date = text && request_.rest && head.status < 500 ? codecs::parse_http_date(*text) : std::nullopt;
  if (date) parts_.exchange_clock->observe(*date);
}

HostCall::Ended HostCall::on_transport_error(const TransportError& error) {
  switch (error.kind) {
    case TransportError::Kind::refused_or_unroutable:
    case TransportError::Kind::tls:
      return on_refused(error.detail);
    case TransportError::Kind::no_way:
      return fail(Failure::Kind::unavailable, error.detail);
    case TransportError::Kind::ran_out:  // the transport has tried again, with all that could be had
      return fail(Failure::Kind::ran_out, error.detail);
    case TransportError::Kind::too_large:
      return fail(Failure::Kind::too_large, error.detail);
    case TransportError::Kind::cancelled:
    case TransportError::Kind::timed_out:
    case TransportError::Kind::broken:
      break;
  }
  return on_transient(error.detail);
}

HostCall::Ended HostCall::on_transient(std::string what) {
  refusals_ = 0;
  mishaps_.add(std::move(what));
  return rest_before_retry(backoff(policy_, transients_++, parts_.random()));
}

HostCall::Ended HostCall::on_refused(std::string what) {
  mishaps_.add(std::move(what));
  if (++refusals_ >= policy_.refused_tries) return fail(Failure::Kind::unavailable, mishaps_.phrase());
  return rest_before_retry(policy_.refused_pause);
}

HostCall::Ended HostCall::on_pause(const AttemptSink& answer, std::string_view text, PauseReason reason) {
  refusals_ = 0;
  const Timestamp now = parts_.clock();
  const Duration pause = pause_asked(*answer.head(), text, now);
  parts_.limiter->pause(origin_, now + pause, reason);
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
  return std::nullopt;  // the limiter waits
}

HostCall::Ended HostCall::rest_before_retry(Duration pause) {
  if (budget_.left() <= pause) {
    const std::string phrase = mishaps_.phrase();
    const std::string limit = seconds(budget_.total());
    return fail(Failure::Kind::unavailable,
                phrase.ends_with(limit) ? phrase : fmt::format("{} within {}", phrase, limit));
  }
  budget_.spend(pause);
  if (!parts_.sleeper->sleep_until(parts_.clock() + pause, stop_)) return fail(Failure::Kind::cancelled, "cancelled");
  return std::nullopt;
}

tl::unexpected<Failure> HostCall::fail(Failure::Kind kind, std::string detail) const {
  return tl::make_unexpected(Failure{.kind = kind,
                                     .http = last_,
                                     .detail = std::move(detail),
                                     .attempts = static_cast<int>(counters_.requests),
                                     .bytes = counters_.bytes,
                                     .spent = budget_.total() - budget_.left()});
}

}  // namespace klinekeep::transport
