#include "transport/host_client.hpp"

#include <fmt/format.h>

#include <random>
#include <utility>

#include "transport/host_call.hpp"
#include "transport/origin.hpp"

namespace klinekeep::transport {
namespace {

/// Without an engine of the thread's: where memory runs out, what a thread keeps for itself ends the process.
double random_uniform() {
  std::random_device device;
  return std::uniform_real_distribution<double>{}(device);
}

}  // namespace

/// What this client knows of a host.
struct HostClient::Host {
  enum class FirstCall : std::uint8_t { not_made, under_way, answered };
  FirstCall first_call = FirstCall::not_made;  // of the REST calls
  std::optional<Failure> down;                 // why
};

/// A call's stay with a host: lets the others go on when it ends, however it ends.
class HostClient::Visit {
 public:
  Visit(HostClient& client, Host& host, bool first) : client_(&client), host_(host), first_(first) {}
  Visit(Visit&& other) noexcept
      : client_(std::exchange(other.client_, nullptr)), host_(other.host_), first_(other.first_) {}
  Visit& operator=(Visit&&) = delete;
  ~Visit() {
    if (client_ == nullptr) return;
    const std::scoped_lock lock(client_->mutex_);
    if (first_) host_.first_call = answered_ ? Host::FirstCall::answered : Host::FirstCall::not_made;
    if (failed_ && !host_.down) host_.down = std::move(failed_);
    client_->counters_.requests += done_.requests;
    client_->counters_.bytes += done_.bytes;
    client_->counters_.retries += done_.retries;
    client_->counters_.waits += done_.waits;
    client_->counters_.waited += done_.waited;
    client_->first_call_over_.notify_all();
  }

  void ended(const tl::expected<Response, Failure>& result) {
    answered_ = result.has_value();
    if (!answered_ && result.error().kind == Failure::Kind::unavailable) failed_ = result.error();
  }
  /// What the call counts; added to the client's when the stay ends.
  [[nodiscard]] Counters& counters() { return done_; }

 private:
  HostClient* client_;
  Host& host_;
  bool first_;
  bool answered_ = false;
  std::optional<Failure> failed_;
  Counters done_;
};

Parts real_parts(CurlOptions curl, RateLimiterOptions limiter) {
  Parts parts;
  parts.clock = limiter.clock;
  if (!limiter.sleeper) limiter.sleeper = std::make_shared<ThreadSleeper>(limiter.clock);
  parts.sleeper = limiter.sleeper;
  parts.limiter = std::make_shared<MachineRateLimiter>(std::move(limiter));
  parts.transport = std::make_shared<CurlTransport>(std::move(curl));
  parts.exchange_clock = std::make_shared<ExchangeClock>(parts.clock);
  parts.random = random_uniform;
  return parts;
}

namespace {

/// Why a request was not sent at all.
Failure unasked(Failure::Kind kind, const Request& request, std::string detail) {
  Failure failure;
  failure.kind = kind;
  failure.http.url = request.url;
  failure.detail = std::move(detail);
  return failure;
}

}  // namespace

HostClient::HostClient(Parts parts, RetryPolicy policy, Clock answers)
    : parts_(std::move(parts)), policy_(policy), answers_(std::move(answers)) {}

HostClient::~HostClient() = default;

tl::expected<Response, Failure> HostClient::get(const Request& request, std::stop_token stop) {
  const auto origin = origin_of(request.url);
  if (!origin) {
    return tl::make_unexpected(unasked(Failure::Kind::unavailable, request, "not an http or https URL"));
  }
  auto visit = enter(request, *origin, stop);
  if (!visit) return tl::make_unexpected(visit.error());
  HostCall call{parts_, policy_, answers_, request, *origin, std::move(stop), visit->counters()};
  auto result = call.run();
  visit->ended(result);
  return result;
}

tl::expected<HostClient::Visit, Failure> HostClient::enter(const Request& request, const std::string& origin,
                                                           std::stop_token stop) {
  std::unique_lock lock(mutex_);
  auto& slot = hosts_[origin];
  if (!slot) slot = std::make_unique<Host>();
  Host& host = *slot;
  if (request.rest) {
    first_call_over_.wait(lock, stop, [&] { return host.down || host.first_call != Host::FirstCall::under_way; });
  }
  if (stop.stop_requested()) {
    return tl::make_unexpected(unasked(Failure::Kind::cancelled, request, "cancelled"));
  }
  if (host.down) {
    Failure down = *host.down;
    down.kind = Failure::Kind::host_down;
    down.http.url = request.url;
    down.detail = fmt::format("not asked, as the host did not answer before: {}", down.detail);
    down.attempts = 0;
    down.bytes = 0;
    return tl::make_unexpected(std::move(down));
  }
  const bool first = request.rest && host.first_call == Host::FirstCall::not_made;
  if (first) host.first_call = Host::FirstCall::under_way;
  return tl::expected<Visit, Failure>{tl::in_place, *this, host, first};
}

void HostClient::learn_limit(const std::string& url, int limit) {
  if (const auto origin = origin_of(url)) parts_.limiter->learn_limit(*origin, limit);
}

Counters HostClient::counters() const {
  const std::scoped_lock lock(mutex_);
  return counters_;
}

}  // namespace klinekeep::transport
