#include "transport/host_client.hpp"

#include <fmt/format.h>

#include <random>
#include <utility>

#include "transport/endpoint.hpp"
#include "transport/host_call.hpp"

namespace klinekeep::transport {
namespace {

/// Without an engine of the thread's: where memory runs out, what a thread keeps for itself ends the process.
double random_uniform() {
  std::random_device device;
  return std::uniform_real_distribution<double>{}(device);
}

}  // namespace

Services real_services(CurlOptions curl, RateLimiterOptions limiter) {
  Services services;
  services.clock = limiter.clock;
  services.limiter = std::make_shared<MachineRateLimiter>(std::move(limiter));
  const auto transport = std::make_shared<CurlTransport>(std::move(curl));
  services.transport = transport;
  services.sleeper = transport;
  services.hosts = std::make_shared<KnownHosts>(services.clock);
  services.lanes = std::make_shared<Lanes>();
  services.exchange_clock = std::make_shared<ExchangeClock>(services.clock);
  services.random = random_uniform;
  return services;
}

Counters& Counters::operator+=(const Counters& more) {
  requests += more.requests;
  bytes += more.bytes;
  retries += more.retries;
  waits += more.waits;
  waited += more.waited;
  return *this;
}

HostClient::HostClient(Services services, RetryPolicy policy, Clock answers)
    : services_(std::move(services)), policy_(policy), answers_(std::move(answers)) {
  if (!services_.hosts) services_.hosts = std::make_shared<KnownHosts>(services_.clock);
  if (!services_.lanes) services_.lanes = std::make_shared<Lanes>();
  readiness_ = services_.transport->stay_ready();
}

void HostClient::get(HostRequest request, std::stop_token stop, Done done) {
  std::shared_ptr<HostCall> call;
  try {
    auto endpoint = endpoint_of(request.url);
    if (!endpoint) {
      Failure failure;
      failure.kind = Failure::Kind::unavailable;
      failure.http.url = request.url;
      failure.detail = "not an http or https URL";
      return done(tl::make_unexpected(std::move(failure)));
    }
    call = std::make_shared<HostCall>(*this, std::move(request), *std::move(endpoint), std::move(stop));
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
  if (const auto endpoint = endpoint_of(url)) services_.limiter->learn_limit(*endpoint, limit);
}

Counters HostClient::counters() const {
  const std::scoped_lock lock(mutex_);
  return counters_;
}

}  // namespace klinekeep::transport
