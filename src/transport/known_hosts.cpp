#include "transport/known_hosts.hpp"

#include <fmt/format.h>

#include <utility>

namespace klinekeep::transport {
namespace {

constexpr int kForbidden = 403;
constexpr int kUnavailableForLegalReasons = 451;

bool is_refusal(int status) { return status == kForbidden || status == kUnavailableForLegalReasons; }

}  // namespace

struct KnownHosts::Host {
  bool has_answered = false;
  bool one_finds_out = false;  // a call that is alone is under way
  std::optional<Failure> why;  // it is left alone
  Timestamp since{};
  Timestamp until{};
};

KnownHosts::KnownHosts(Clock clock) : clock_(std::move(clock)) {}
KnownHosts::~KnownHosts() = default;

bool KnownHosts::is_left_alone(const Host& host) const {
  const Timestamp now = clock_();
  return host.why && host.since <= now && now < host.until;
}

tl::expected<KnownHosts::Visit, Failure> KnownHosts::enter(const std::string& name, bool is_rest,
                                                           std::stop_token stop) {
  std::unique_lock lock{mutex_};
  auto& slot = hosts_[name];
  if (!slot) slot = std::make_unique<Host>();
  Host& host = *slot;
  found_out_.wait(lock, stop, [&] { return !host.one_finds_out || (!is_rest && !host.why); });
  if (stop.stop_requested()) {
    return tl::make_unexpected(Failure{.kind = Failure::Kind::cancelled, .http = {}, .detail = "cancelled"});
  }
  if (is_left_alone(host)) {
    Failure failure = *host.why;
    failure.detail +=
        fmt::format("; it is asked again from {} on", format_iso(std::chrono::ceil<std::chrono::seconds>(host.until)));
    return tl::make_unexpected(std::move(failure));
  }
  const bool is_alone = host.why || (is_rest && !host.has_answered);
  host.one_finds_out = host.one_finds_out || is_alone;
  return tl::expected<Visit, Failure>{tl::in_place, *this, host, is_alone};
}

KnownHosts::Visit::Visit(Visit&& other) noexcept
    : hosts_(std::exchange(other.hosts_, nullptr)), host_(other.host_), is_alone_(other.is_alone_) {}

KnownHosts::Visit::~Visit() {
  if (hosts_ == nullptr || !is_alone_) return;
  const std::scoped_lock lock{hosts_->mutex_};
  host_.one_finds_out = false;
  hosts_->found_out_.notify_all();
}

void KnownHosts::Visit::ended(const tl::expected<Response, Failure>& result) {
  const auto leave_alone = [this](const HttpFailure& http, std::string detail, Duration time) {
    const Timestamp now = hosts_->clock_();
    host_.why = Failure{.kind = Failure::Kind::left_alone, .http = http, .detail = std::move(detail)};
    host_.why->http.url.clear();
    host_.since = now;
    host_.until = now + time;
  };
  const std::scoped_lock lock{hosts_->mutex_};
  if (!result) {
    if (result.error().kind != Failure::Kind::unavailable) return;
    leave_alone(result.error().http, fmt::format("not asked, as it did not answer before: {}", result.error().detail),
                kLeftAloneWhenDown);
    return;
  }
  const int status = result->head.status;
  if (is_refusal(status)) {
    leave_alone({.url = {}, .status = status, .retry_after = {}},
                fmt::format("not asked, as it refused before: HTTP {}", status), kLeftAloneWhenRefused);
    return;
  }
  host_.has_answered = true;
  host_.why.reset();
}

}  // namespace klinekeep::transport
