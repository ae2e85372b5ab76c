#include "transport/curl_transport.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <stdexcept>
#include <vector>

#include "transport/curl_handle.hpp"
#include "transport/origin.hpp"
#include "transport/sigpipe_guard.hpp"

namespace klinekeep::transport {
namespace {

constexpr std::size_t kMaxIdle = 32;

void initialise_curl() {
  static const CURLcode result = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (result != CURLE_OK) throw std::runtime_error("libcurl cannot be initialised");
}

}  // namespace

/// The handles that no `get` is using. Thread-safe.
class CurlTransport::Pool {
 public:
  explicit Pool(CurlOptions options) : options_(std::move(options)) {}
  ~Pool() { forget_after_fork(); }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// One that is connected to `origin`, if there is.
  [[nodiscard]] std::unique_ptr<CurlHandle> take(const std::string& origin) {
    std::unique_ptr<CurlHandle> handle;
    {
      const std::scoped_lock lock(mutex_);
      forget_after_fork();
      auto found =
          std::ranges::find_if(idle_.rbegin(), idle_.rend(), [&](const auto& h) { return h->origin == origin; });
      if (found == idle_.rend() && idle_.size() >= kMaxIdle) --found;
      if (found != idle_.rend()) {
        handle = std::move(*found);
        idle_.erase(std::next(found).base());
      }
    }
    initialise_curl();  // not before it is needed: it loads OpenSSL's configuration and algorithms, which takes 1 ms
    if (!handle || handle->has_stray_bytes()) handle = std::make_unique<CurlHandle>(options_);
    handle->origin = origin;
    return handle;
  }

  void give_back(std::unique_ptr<CurlHandle> handle) {
    const std::scoped_lock lock(mutex_);
    if (process_ != ::getpid()) {
      static_cast<void>(handle.release());
    } else if (idle_.size() < kMaxIdle) {
      idle_.push_back(std::move(handle));
    }
  }

 private:
  /// The parent goes on using the connections: not even a goodbye may be sent on them. So the handles are leaked.
  void forget_after_fork() {
    if (process_ == ::getpid()) return;
    for (auto& handle : idle_) static_cast<void>(handle.release());
    idle_.clear();
    process_ = ::getpid();
  }

  const CurlOptions options_;
  std::mutex mutex_;  // of what follows
  std::vector<std::unique_ptr<CurlHandle>> idle_;
  pid_t process_ = ::getpid();
};

CurlTransport::CurlTransport(CurlOptions options) {
  if (options.user_agent.empty()) options.user_agent = "klinekeep/" KLINEKEEP_VERSION;
  if (const char* file = std::getenv("SSL_CERT_FILE"); options.ca_file.empty() && file != nullptr)
    options.ca_file = file;
  pool_ = std::make_unique<Pool>(std::move(options));
}

CurlTransport::~CurlTransport() {
  const SigpipeGuard guard;
  pool_.reset();
}

tl::expected<ResponseHead, TransportError> CurlTransport::get(const HttpRequest& request, BodySink& sink,
                                                              TimeBudget& budget, std::stop_token stop) {
  const auto origin = origin_of(request.url);
  if (!origin) {
    return tl::make_unexpected(TransportError{TransportError::Kind::refused_or_unroutable, "not an http or https URL"});
  }
  const SigpipeGuard guard;
  struct Lease {
    Pool& pool;
    std::unique_ptr<CurlHandle> handle;
    ~Lease() { pool.give_back(std::move(handle)); }
  };
  const Lease lease{*pool_, pool_->take(*origin)};
  return lease.handle->get(request.url, sink, budget, std::move(stop));
}

}  // namespace klinekeep::transport
