// A libcurl handle with the connections that it keeps.
#pragma once

#include <curl/curl.h>

#include <array>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "transport/curl_transfer.hpp"
#include "transport/curl_transport.hpp"

namespace klinekeep::transport {

/// One easy handle in a multi handle of its own: one transfer at a time, by one thread at a time. What it is made of
/// must outlive it.
class CurlHandle {
 public:
  /// Throws std::bad_alloc.
  CurlHandle(const CurlOptions& options, const tl::expected<CertificateFile, std::string>& certificates);
  CurlHandle(const CurlHandle&) = delete;
  CurlHandle& operator=(const CurlHandle&) = delete;

  [[nodiscard]] tl::expected<ResponseHead, TransportError> get(const std::string& url, BodySink& sink,
                                                               TimeBudget& budget, std::stop_token stop);

  /// Whether an idle connection without TLS has bytes to read: they are no part of any answer, and would be taken for
  /// the next.
  [[nodiscard]] bool has_stray_bytes() const;

  std::string origin;  // last asked, for whoever keeps the handle

 private:
  [[nodiscard]] CURLcode drive(CurlTransfer& transfer, const std::stop_token& stop);

  static curl_socket_t open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int close_socket(void* self, curl_socket_t socket);

  struct CleanUpMulti {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
  };
  struct CleanUpEasy {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };
  /// What is to be said where TLS could not read certificates.
  [[nodiscard]] TransportError no_certificates() const;

  const tl::expected<CertificateFile, std::string>& certificates_;
  bool is_plain_ = false;                        // the URL under way is http
  std::array<char, CURL_ERROR_SIZE> message_{};  // libcurl's, of why the transfer under way failed
  int refused_socket_ = 0;                       // errno of a socket that the transfer under way could not have
  std::vector<curl_socket_t> plain_sockets_;     // that are open
  std::unique_ptr<CURLM, CleanUpMulti> multi_;
  std::unique_ptr<CURL, CleanUpEasy> easy_;
};

}  // namespace klinekeep::transport
