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
  if (!limiter.sleeper) limiter.sleeper = std::make_shared<ThreadSleeper>(limiter.clock);
  parts.sleeper = limiter.sleeper;
  parts.limiter = std::make_shared<MachineRateLimiter>(std::move(limiter));
  parts.transport = std::make_shared<CurlTransport>(std::move(curl));
  parts.hosts = std::make_shared<KnownHosts>(parts.clock);
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
}

tl::expected<Response, Failure> HostClient::get(const Request& request, std::stop_token stop) {
  const auto origin = origin_of(request.url);
  if (!origin) {
    Failure failure;
    failure.kind = Failure::Kind::unavailable;
    failure.http.url = request.url;
    failure.detail = "not an http or https URL";
    return tl::make_unexpected(std::move(failure));
  }
  struct Counted {
    HostClient& client;
    Counters done = {};
    ~Counted() {
      const std::scoped_lock lock(client.mutex_);
      client.counters_ += done;
    }
  } counted{*this};
  return visit(request, *origin, std::move(stop), counted.done);
}

tl::expected<Response, Failure> HostClient::visit(const Request& request, const std::string& origin,
                                                  std::stop_token stop, Counters& counters) {
  auto visit = parts_.hosts->enter(request.lists ? origin + " (listing)" : origin, request.rest, stop);
  if (!visit) {
    visit.error().http.url = request.url;
    return tl::make_unexpected(std::move(visit.error()));
  }
  HostCall call{parts_, policy_, answers_, request, origin, std::move(stop), counters};
  auto result = call.run();
  visit->ended(result);
  return result;
}

void HostClient::learn_limit(const std::string& url, int limit) {
  if (const auto origin = origin_of(url)) parts_.limiter->learn_limit(*origin, limit);
}

Counters HostClient::counters() const {
  const std::scoped_lock lock(mutex_);
  return counters_;
}

}  // namespace klinekeep::transport
