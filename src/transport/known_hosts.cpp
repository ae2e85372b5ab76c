#include "transport/known_hosts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "transport/waiters.hpp"

namespace klinekeep::transport {
namespace {

constexpr int kForbidden = 403;
constexpr int kUnavailableForLegalReasons = 451;

bool is_refusal(int status) { return status == kForbidden || status == kUnavailableForLegalReasons; }

bool is_limit(int status) { return status == 418 || status == 429; }

Failure cancelled() { return {.kind = Failure::Kind::cancelled, .http = {}, .detail = "cancelled"}; }

}  // namespace

struct KnownHosts::Host {
  bool has_answered = false;
  bool one_finds_out = false;  // a call that is alone is under way
  std::optional<Failure> why;  // it is left alone
  bool is_down = false;        // and did not refuse
  Timestamp since{};
  Timestamp until{};
  int broken_off = 0;  // calls, since:
  Timestamp broken_off_since{};
  Waiters waiting;  // for what that call finds
};

KnownHosts::KnownHosts(Clock clock) : clock_(std::move(clock)) {}
KnownHosts::~KnownHosts() = default;

bool KnownHosts::is_left_alone(const Host& host) const {
  const Timestamp now = clock_();
  return host.why && host.since <= now && now < host.until;
}

Failure KnownHosts::why_left_alone(const Host& host) {
  Failure failure = *host.why;
  failure.detail +=
      fmt::format("; it is asked again from {} on", format_iso(std::chrono::ceil<std::chrono::seconds>(host.until)));
  return failure;
}

std::optional<Failure> KnownHosts::Visit::must_leave() const {
  const std::scoped_lock lock{hosts_->mutex_};
  const bool is_limited = host_.why && host_.why->kind == Failure::Kind::rate_limited;
  if (!is_limited || !hosts_->is_left_alone(host_)) return std::nullopt;
  return why_left_alone(host_);
}

KnownHosts::Host& KnownHosts::known(const std::string& name) {
  auto& slot = hosts_[name];
  if (!slot) slot = std::make_unique<Host>();
  return *slot;
}

void KnownHosts::enter(const std::string& endpoint, bool lists, bool is_rest, const std::stop_token& stop,
                       Entered entered) {
  if (stop.stop_requested()) return entered(tl::make_unexpected(cancelled()));
  std::unique_lock lock{mutex_};
  const auto is_down = [&] {
    const Host& whole = known(endpoint);
    return whole.is_down && is_left_alone(whole);
  };
  Host& host = known(lists && !is_down() ? endpoint + " (listing)" : endpoint);
  if (host.one_finds_out && (is_rest || host.why)) {
    const auto waiter =
        host.waiting.add([this, endpoint, lists, is_rest, stop, entered = std::move(entered)](bool is_stopped) {
          if (is_stopped) return entered(tl::make_unexpected(cancelled()));
          try {
            enter(endpoint, lists, is_rest, stop, entered);
          } catch (...) {
            entered(thrown(std::current_exception()));
          }
        });
    lock.unlock();
    host.waiting.arm(waiter, stop);
    return;
  }
  if (is_left_alone(host)) {
    Failure failure = why_left_alone(host);
    lock.unlock();
    return entered(tl::make_unexpected(std::move(failure)));
  }
  const bool is_alone = host.why || (is_rest && !host.has_answered);
  host.one_finds_out = host.one_finds_out || is_alone;
  lock.unlock();
  entered(tl::expected<Visit, Failure>{tl::in_place, *this, host, is_alone});
}

KnownHosts::Visit::Visit(Visit&& other) noexcept
    : hosts_(std::exchange(other.hosts_, nullptr)), host_(other.host_), is_alone_(other.is_alone_) {}

KnownHosts::Visit::~Visit() {
  if (hosts_ == nullptr || !is_alone_) return;
  Waiters::Taken waiting;
  {
    const std::scoped_lock lock{hosts_->mutex_};
    host_.one_finds_out = false;
    waiting = host_.waiting.take_all();
  }
  while (!waiting.empty()) waiting.call_first();
}

/// Of calls whose answers broke off, with this one.
bool KnownHosts::is_one_too_many(Host& host) const {
  const Timestamp now = clock_();
  if (now - host.broken_off_since > kLeftAloneWhenDown || now < host.broken_off_since) host.broken_off = 0;
  if (host.broken_off++ == 0) host.broken_off_since = now;
  return host.broken_off >= kMostBrokenOff;
}

void KnownHosts::Visit::ended(const Answer& answer) {
  const auto leave_alone = [this](const HttpFailure& http, std::string detail, Duration time) {
    const Timestamp now = hosts_->clock_();
    host_.why = Failure{.kind = Failure::Kind::left_alone, .http = http, .detail = std::move(detail)};
    host_.why->http.url.clear();
    host_.is_down = !is_refusal(http.status);
    host_.since = now;
    host_.until = now + time;
  };
  const std::scoped_lock lock{hosts_->mutex_};
  if (!answer) {
    const Failure& failure = answer.error();
    if (failure.kind == Failure::Kind::rate_limited && is_limit(failure.http.status)) {
      if (host_.why && hosts_->is_left_alone(host_)) return;  // it is what another call has found
      // What is longer the limiter has, for all processes.
      if (failure.http.retry_after.value_or(std::chrono::seconds{0}) > kLeftAloneWhenLimited) return;
      leave_alone(failure.http, fmt::format("not asked, as it limits us: {}", failure.detail), kLeftAloneWhenLimited);
      host_.why->kind = Failure::Kind::rate_limited;
      return;
    }
    const bool is_no_way = failure.kind == Failure::Kind::no_way;
    if (failure.kind != Failure::Kind::unavailable && !is_no_way) return;
    if (failure.broke_off && !hosts_->is_one_too_many(host_)) return;
    const std::string_view why = is_no_way ? "there was no way to it" : "it did not answer";
    leave_alone(failure.http, fmt::format("not asked, as {} before: {}", why, failure.detail), kLeftAloneWhenDown);
    return;
  }
  const int status = answer->head.status;
  if (is_refusal(status)) {
    leave_alone({.url = {}, .status = status, .retry_after = {}},
                fmt::format("not asked, as it refused before: HTTP {}", status), kLeftAloneWhenRefused);
    return;
  }
  host_.has_answered = true;
  host_.why.reset();
}

}  // namespace klinekeep::transport
