#include "transport/curl_transport.hpp"

#include <unistd.h>

#include <stdexcept>
#include <utility>

#include "core/idle.hpp"
#include "transport/curl_handle.hpp"
#include "transport/idle_handles.hpp"
#include "transport/origin.hpp"
#include "transport/sigpipe_guard.hpp"

namespace klinekeep::transport {
namespace {

void initialise_curl() {
  static const CURLcode result = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (result != CURLE_OK) throw std::runtime_error("libcurl cannot be initialised");
}

bool ran_out(const tl::expected<ResponseHead, TransportError>& outcome) {
  return !outcome && outcome.error().kind == TransportError::Kind::ran_out;
}

}  // namespace

CurlTransport::CurlTransport(CurlOptions options)
    : options_(std::move(options)),
      certificates_(choose_certificates(named_certificates(options_.ca_file), certificate_places())) {
  if (options_.user_agent.empty()) options_.user_agent = "klinekeep/" KLINEKEEP_VERSION;
}

CurlTransport::~CurlTransport() { IdleHandles::of_process().drop(this); }

tl::expected<ResponseHead, TransportError> CurlTransport::get(const HttpRequest& request, BodySink& sink,
                                                              TimeBudget& budget, std::stop_token stop) {
  const auto origin = origin_of(request.url);
  if (!origin) {
    return tl::make_unexpected(TransportError{TransportError::Kind::refused_or_unroutable, "not an http or https URL"});
  }
  const SigpipeGuard guard;
  const auto once = [&](Traffic::Wish wish) { return get_once(request.url, *origin, wish, sink, budget, stop); };
  auto outcome = once(Traffic::Wish::among_others);
  if (ran_out(outcome)) {
    give_back_idle();
    outcome = once(Traffic::Wish::among_others);
  }
  if (ran_out(outcome)) {
    give_back_idle();
    outcome = once(Traffic::Wish::alone);
  }
  return outcome;
}

tl::expected<ResponseHead, TransportError> CurlTransport::get_once(const std::string& url, const std::string& origin,
                                                                   Traffic::Wish wish, BodySink& sink,
                                                                   TimeBudget& budget, const std::stop_token& stop) {
  std::optional<Traffic::Pass> pass;
  Traffic::of_process().enter(wish, stop, pass);
  if (!pass) return tl::make_unexpected(TransportError{TransportError::Kind::cancelled, "cancelled"});
  initialise_curl();  // not before it is needed: it loads OpenSSL's configuration and algorithms, which takes 1 ms
  const pid_t process = ::getpid();
  auto handle = IdleHandles::of_process().take(this, origin);
  if (!handle || handle->has_stray_bytes()) handle = std::make_unique<CurlHandle>(options_, certificates_);
  handle->origin = origin;
  struct Lease {
    const CurlTransport* owner;
    pid_t process;
    std::unique_ptr<CurlHandle> handle;
    bool is_of_use = true;
    ~Lease() {
      if (process != ::getpid()) {
        static_cast<void>(handle.release());  // the parent's
      } else if (is_of_use) {
        IdleHandles::of_process().keep(owner, std::move(handle));
      }
    }
  };
  Lease lease{this, process, std::move(handle)};
  auto outcome = lease.handle->get(url, sink, budget, stop);
  lease.is_of_use = !ran_out(outcome);
  return outcome;
}

}  // namespace klinekeep::transport
