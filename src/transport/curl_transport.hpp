// HttpTransport over libcurl.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "transport/certificates.hpp"
#include "transport/http.hpp"
#include "transport/traffic.hpp"

namespace klinekeep::transport {

struct CurlOptions {
  std::string user_agent = {};            // empty: klinekeep/<version>
  std::optional<std::string> proxy = {};  // none: http_proxy and its kin in the environment; empty: no proxy
  std::string ca_file = {};               // PEM; empty: as named_certificates and certificate_places have it
  std::chrono::milliseconds connect_timeout{10'000};
};

/// The certificates of one file are trusted, and no others; without one each https request is a `no_way` error that
/// says what to do, and http goes on. Thread-safe; a `get` runs on its caller's thread. Connections are kept and reused
/// (HTTP/1.1 keep-alive, h2 where a TLS server offers it), also across threads; those of a parent process are never
/// used after a fork. Where descriptors run out, what is idle in the process is given back and the request made again,
/// in the end with no other transfer beside it. Never prints, installs no signal handler, raises no SIGPIPE; the one
/// global effect is curl_global_init. All calls of `get` must have returned before it goes.
class CurlTransport final : public HttpTransport {
 public:
  /// Throws std::runtime_error when libcurl cannot be initialised.
  explicit CurlTransport(CurlOptions options = {});
  ~CurlTransport() override;
  CurlTransport(const CurlTransport&) = delete;
  CurlTransport& operator=(const CurlTransport&) = delete;

  /// A transfer above the floor speed of `budget` is never cut. Throws only what the sink throws, and std::bad_alloc.
  [[nodiscard]] tl::expected<ResponseHead, TransportError> get(const HttpRequest& request, BodySink& sink,
                                                               TimeBudget& budget, std::stop_token stop) override;

 private:
  [[nodiscard]] tl::expected<ResponseHead, TransportError> get_once(const std::string& url, const std::string& origin,
                                                                    Traffic::Wish wish, BodySink& sink,
                                                                    TimeBudget& budget, const std::stop_token& stop);

  CurlOptions options_;
  tl::expected<CertificateFile, std::string> certificates_;  // looked for once, as the environment was then
};

}  // namespace klinekeep::transport
