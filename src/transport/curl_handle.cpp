#include "transport/curl_handle.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <optional>

#include "core/shortage.hpp"
#include "transport/curl_error.hpp"
#include "transport/descriptors.hpp"

#if LIBCURL_VERSION_NUM < 0x075700
#error "libcurl 7.87 or later is needed"
#endif

namespace klinekeep::transport {
namespace {

constexpr long kBufferSize = 256 * 1024;
constexpr long kMaxConnections = 1;  // idle ones: a handle is kept for the one origin that it has asked
// So short that time in which nothing ran is seen: the process was stopped, or the machine slept.
constexpr Duration kLongestPoll = std::chrono::seconds{1};

/// In a multi handle for as long as it lives.
class Membership {
 public:
  Membership(CURLM* multi, CURL* easy) : multi_(multi), easy_(easy) { curl_multi_add_handle(multi_, easy_); }
  Membership(const Membership&) = delete;
  Membership& operator=(const Membership&) = delete;
  ~Membership() { curl_multi_remove_handle(multi_, easy_); }

 private:
  CURLM* multi_;
  CURL* easy_;
};

}  // namespace

CurlHandle::CurlHandle(const CurlOptions& options, const tl::expected<CertificateFile, std::string>& certificates)
    : certificates_(certificates), multi_(curl_multi_init()), easy_(curl_easy_init()) {
  if (!multi_ || !easy_) throw std::bad_alloc{};
  curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, kMaxConnections);

  CURL* easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, message_.data());
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);  // a name that is being resolved holds up no stop
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, kBufferSize);
  const long connect_timeout_ms = options.connect_timeout.count();
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, connect_timeout_ms);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, options.user_agent.c_str());
  if (options.proxy) curl_easy_setopt(easy, CURLOPT_PROXY, options.proxy->c_str());
  if (certificates_) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, certificates_->path.c_str());
    curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO, certificates_->path.c_str());
  }
  // libcurl would trust the folder that it was built with beside the file.
  curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  curl_easy_setopt(easy, CURLOPT_PROXY_CAPATH, nullptr);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, this);
}

tl::expected<ResponseHead, TransportError> CurlHandle::get(const std::string& url, BodySink& sink, TimeBudget& budget,
                                                           std::stop_token stop) {
  is_plain_ = !origin.starts_with("https");
  refused_socket_ = 0;
  message_.front() = '\0';
  if (!is_plain_ && !certificates_) return tl::make_unexpected(no_certificates());
  if (curl_multi_wakeup(multi_.get()) != CURLM_OK)
    return tl::make_unexpected(shortage(shortage_now().value_or(EMFILE)));
  curl_easy_setopt(easy_.get(), CURLOPT_URL, url.c_str());
  CurlTransfer transfer{sink, budget, stop};
  transfer.attach(easy_.get());
  const Membership membership{multi_.get(), easy_.get()};
  const CURLcode result = drive(transfer, stop);
  auto outcome = transfer.outcome(easy_.get(), result, message_.data());
  if (outcome && has_stray_bytes()) {
    return tl::make_unexpected(TransportError{TransportError::Kind::broken, "the body is longer than announced"});
  }
  if (outcome) return outcome;
  const auto ran_out = shortage_behind(easy_.get(), result, outcome.error(), refused_socket_);
  if (ran_out) return tl::make_unexpected(shortage(*ran_out));
  const bool is_unreadable = result == CURLE_SSL_CACERT_BADFILE && outcome.error().kind == TransportError::Kind::tls;
  if (is_unreadable) return tl::make_unexpected(no_certificates());
  if (result == CURLE_PEER_FAILED_VERIFICATION && certificates_) outcome.error().detail += trusted_are(*certificates_);
  return outcome;
}

TransportError CurlHandle::no_certificates() const {
  return {TransportError::Kind::no_way, certificates_ ? unusable(*certificates_) : certificates_.error()};
}

CURLcode CurlHandle::drive(CurlTransfer& transfer, const std::stop_token& stop) {
  const std::stop_callback wake{stop, [this] { curl_multi_wakeup(multi_.get()); }};
  std::chrono::milliseconds wait{0};
  while (!stop.stop_requested()) {
    int running = 0;
    const CURLMcode performed = curl_multi_perform(multi_.get(), &running);
    int queued = 0;
    const CURLMsg* message = curl_multi_info_read(multi_.get(), &queued);
    const bool in_time = transfer.spend_time(wait);
    if (message != nullptr) return message->data.result;
    if (performed != CURLM_OK || running == 0) return CURLE_FAILED_INIT;
    if (!in_time) return CURLE_OPERATION_TIMEDOUT;
    wait = std::chrono::ceil<std::chrono::milliseconds>(std::min(transfer.left(), kLongestPoll));
    curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(wait.count()), nullptr);
  }
  return CURLE_ABORTED_BY_CALLBACK;
}

bool CurlHandle::has_stray_bytes() const {
  return std::ranges::any_of(plain_sockets_, [](curl_socket_t socket) {
    char byte = 0;
    return ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
  });
}

curl_socket_t CurlHandle::open_socket(void* self, curlsocktype, curl_sockaddr* address) {
  CurlHandle& handle = *static_cast<CurlHandle*>(self);
  const curl_socket_t socket = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (socket < 0 && is_shortage(errno)) handle.refused_socket_ = errno;
  if (socket >= 0 && handle.is_plain_) handle.plain_sockets_.push_back(socket);
  return socket;
}

int CurlHandle::close_socket(void* self, curl_socket_t socket) {
  std::erase(static_cast<CurlHandle*>(self)->plain_sockets_, socket);
  return ::close(socket);
}

}  // namespace klinekeep::transport
