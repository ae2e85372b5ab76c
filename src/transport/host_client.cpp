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

Parts real_parts(CurlOptions curl, RateLimiterOptions limiter) {
  Parts parts;
  parts.clock = limiter.clock;
  parts.limiter = std::make_shared<MachineRateLimiter>(std::move(limiter));
  const auto transport = std::make_shared<CurlTransport>(std::move(curl));
  parts.transport = transport;
  parts.sleeper = transport;
  parts.hosts = std::make_shared<KnownHosts>(parts.clock);
  parts.lanes = std::make_shared<Lanes>();
  parts.exchange_clock = std::make_shared<ExchangeClock>(parts.clock);
  parts.random = random_uniform;
  return parts;
}

Counters& Counters::operator+=(const Counters& more) {
  requests += more.requests;
  bytes += more.bytes;
  retries += more.retries;
  waits += more.waits;
  waited += more.waited;
  return *this;
}

HostClient::HostClient(Parts parts, RetryPolicy policy, Clock answers)
    : parts_(std::move(parts)), policy_(policy), answers_(std::move(answers)) {
  if (!parts_.hosts) parts_.hosts = std::make_shared<KnownHosts>(parts_.clock);
  if (!parts_.lanes) parts_.lanes = std::make_shared<Lanes>();
  readiness_ = parts_.transport->stay_ready();
}

void HostClient::get(Request request, std::stop_token stop, Done done) {
  std::shared_ptr<HostCall> call;
  try {
    auto origin = origin_of(request.url);
    if (!origin) {
      Failure failure;
      failure.kind = Failure::Kind::unavailable;
      failure.http.url = request.url;
      failure.detail = "not an http or https URL";
      return done(tl::make_unexpected(std::move(failure)));
    }
    call = std::make_shared<HostCall>(*this, std::move(request), *std::move(origin), std::move(stop));
  } catch (...) {
    return done(thrown(std::current_exception()));
  }
  call->begin(std::move(done));
}

void HostClient::count(const Counters& more) {
  const std::scoped_lock lock(mutex_);
  counters_ += more;
}

void HostClient::learn_limit(const std::string& url, int limit) {
  if (const auto origin = origin_of(url)) parts_.limiter->learn_limit(*origin, limit);
}

Counters HostClient::counters() const {
  const std::scoped_lock lock(mutex_);
  return counters_;
}

}  // namespace klinekeep::transport
