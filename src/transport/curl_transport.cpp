#include "transport/curl_transport.hpp"

#include <utility>

#include "transport/curl_engine.hpp"
#include "transport/endpoint.hpp"

namespace klinekeep::transport {

CurlTransport::CurlTransport(CurlOptions options)
    : options_(std::move(options)),
      certificates_(choose_certificates(named_certificates(options_.ca_file), certificate_places())) {
  if (options_.user_agent.empty()) options_.user_agent = "klinekeep/" KLINEKEEP_VERSION;
}

CurlTransport::~CurlTransport() = default;

void CurlTransport::start(HttpRequest request, BodySink& sink, TimeBudget& budget, std::stop_token stop,
                          std::function<void(Outcome)> done) {
  auto endpoint = endpoint_of(request.url);
  if (!endpoint) {
    return done(
        tl::make_unexpected(TransportError{TransportError::Kind::refused_or_unroutable, "not an http or https URL"}));
  }
  engine()->start(std::make_unique<CurlJob>(std::move(request), *std::move(endpoint), sink, budget, std::move(stop),
                                            std::move(done)));
}

void CurlTransport::sleep(Duration time, std::stop_token stop, std::function<void(bool)> woken) {
  engine()->sleep(time, std::move(stop), std::move(woken));
}

std::shared_ptr<void> CurlTransport::stay_ready() { return engine()->stay_ready(); }

/// A child of the process that made it has one of its own, and leaves its parent's as it is: the parent goes on using
/// the connections, so that not even a goodbye may be sent on them, and its thread is not there.
std::shared_ptr<CurlEngine> CurlTransport::engine() {
  const std::scoped_lock lock{mutex_};
  if (engine_ && !engine_->is_of_this_process()) engine_.reset();
  if (!engine_) {
    auto engine = std::make_unique<CurlEngine>(options_, certificates_);
    engine_ = {engine.release(), [](CurlEngine* one) {
                 if (one->is_of_this_process()) delete one;
               }};
  }
  return engine_;
}

}  // namespace klinekeep::transport
