// HttpTransport over libcurl.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "transport/certificates.hpp"
#include "transport/http.hpp"
#include "transport/sleeper.hpp"

namespace klinekeep::transport {

struct CurlOptions {
  std::string user_agent = {};            // empty: klinekeep/<version>
  std::optional<std::string> proxy = {};  // none: http_proxy and its kin in the environment; empty: no proxy
  std::string ca_file = {};               // PEM; empty: as named_certificates and certificate_places have it
  std::chrono::milliseconds connect_timeout{10'000};
};

class CurlEngine;

/// The certificates of one file are trusted, and no others; without one each https request is a `no_way` error that
/// says what to do, and http goes on. Thread-safe. All transfers are driven by one thread, which is there while some
/// are under way; where none can be had, by whoever starts one. Connections are kept and reused (HTTP/1.1 keep-alive;
/// over TLS HTTP/2, where the server offers it, with one connection for all); those of a parent process are never used
/// after a fork. Where descriptors run out, what is idle in the process is given back and the request made again, in
/// the end with no other transfer beside it. Never prints, installs no signal handler, raises no SIGPIPE; the one
/// global effect is curl_global_init. All transfers and sleeps must have ended before it goes.
class CurlTransport final : public HttpTransport, public Sleeper {
 public:
  explicit CurlTransport(CurlOptions options = {});
  ~CurlTransport() override;
  CurlTransport(const CurlTransport&) = delete;
  CurlTransport& operator=(const CurlTransport&) = delete;

  /// A transfer above the floor speed of `budget` is never cut.
  void start(HttpRequest request, BodySink& sink, TimeBudget& budget, std::stop_token stop,
             std::function<void(Outcome)> done) override;
  void sleep(Duration time, std::stop_token stop, std::function<void(bool)> woken) override;
  [[nodiscard]] std::shared_ptr<void> stay_ready() override;

 private:
  [[nodiscard]] std::shared_ptr<CurlEngine> engine();

  CurlOptions options_;
  tl::expected<CertificateFile, std::string> certificates_;  // looked for once, as the environment was then
  std::mutex mutex_;                                         // of what follows
  std::shared_ptr<CurlEngine> engine_;
};

}  // namespace klinekeep::transport
