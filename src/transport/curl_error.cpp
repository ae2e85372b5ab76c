#include "transport/curl_error.hpp"

#include <fmt/format.h>

#include <cerrno>

#include "core/shortage.hpp"
#include "transport/descriptors.hpp"
#include "transport/endpoint.hpp"

namespace klinekeep::transport {
namespace {

using Kind = TransportError::Kind;

Kind kind_of(CURLcode code) {
  switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
      return Kind::refused_or_unroutable;
    case CURLE_OPERATION_TIMEDOUT:
      return Kind::timed_out;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_USE_SSL_FAILED:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_INVALIDCERTSTATUS:
      return Kind::tls;
    default:
      return Kind::broken;
  }
}

std::string detail_of(CURLcode code, long system_error) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return "unknown host name";
    case CURLE_COULDNT_CONNECT:
      if (system_error == ECONNREFUSED) return "connection refused";
      if (system_error == ENETUNREACH || system_error == EHOSTUNREACH) return "no route to the host";
      return "no connection to the host";
    case CURLE_OPERATION_TIMEDOUT:
      return "no connection in time";
    case CURLE_PARTIAL_FILE:
      return "the body is shorter than announced";
    case CURLE_GOT_NOTHING:
      return "connection closed before the answer";
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
      return system_error == ECONNRESET || system_error == EPIPE ? "connection reset" : "connection broken";
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
      return "the answer is not HTTP";
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_WRITE_ERROR:  // of libcurl's own, that undoes gzip: of several members, say
      return "the answer is not compressed as it says";
    case CURLE_OUT_OF_MEMORY:  // also what a header line of more than 100 KiB is to libcurl
      return "the answer's headers are malformed or endless";
    case CURLE_HTTP2:
      return "the HTTP/2 connection broke";
    case CURLE_HTTP2_STREAM:
      return "the HTTP/2 stream broke";
    case CURLE_SSL_CONNECT_ERROR:
      return "TLS could not be set up";
    case CURLE_PEER_FAILED_VERIFICATION:
      return "the host's TLS certificate is not trusted";
    default:
      return fmt::format("{} (libcurl {})", curl_easy_strerror(code), static_cast<int>(code));
  }
}

/// Of "Failed to connect to NAME port N after …": NAME:N, as an endpoint has it. An IPv6 address stands there without
/// brackets.
std::optional<std::string> asked_to_connect(std::string_view message) {
  constexpr std::string_view kBefore = "Failed to connect to ";
  constexpr std::string_view kBetween = " port ";
  if (!message.starts_with(kBefore)) return std::nullopt;
  message.remove_prefix(kBefore.size());
  const auto between = message.find(kBetween);
  if (between == std::string_view::npos) return std::nullopt;
  const std::string_view port = message.substr(between + kBetween.size());
  const std::string_view name = message.substr(0, between);
  const bool is_ipv6 = name.find(':') != std::string_view::npos;
  const auto endpoint = endpoint_of(
      fmt::format("http://{}{}{}:{}", is_ipv6 ? "[" : "", name, is_ipv6 ? "]" : "", port.substr(0, port.find(' '))));
  return endpoint ? std::optional{endpoint->substr(endpoint->find("//") + 2)} : std::nullopt;
}

/// What to say where the proxy is at fault, and not the host behind it.
std::optional<std::string> fault_of_proxy(CURL* easy, CURLcode code, std::string_view message,
                                          const std::string& detail) {
  if (message.starts_with("Unsupported proxy")) return "the proxy's URL cannot be used";
  if (code == CURLE_COULDNT_RESOLVE_PROXY) {
    constexpr std::string_view kBefore = "Could not resolve proxy: ";
    const bool names_it = message.starts_with(kBefore);
    return fmt::format("the proxy's name is unknown{}{}", names_it ? ": " : "",
                       names_it ? message.substr(kBefore.size()) : "");
  }
  if (code == CURLE_PROXY) return "the proxy does not connect us";
  long answered = 0;
  curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &answered);
  if (answered >= 300) return told_of_proxy(static_cast<int>(answered));
  if (code != CURLE_COULDNT_CONNECT) return std::nullopt;
  const auto asked = asked_to_connect(message);
  const char* url = nullptr;
  curl_easy_getinfo(easy, CURLINFO_EFFECTIVE_URL, &url);
  const auto endpoint = endpoint_of(url == nullptr ? "" : url);
  if (!asked || !endpoint || endpoint->ends_with("//" + *asked)) return std::nullopt;
  return fmt::format("the proxy {} cannot be reached: {}", *asked, detail);
}

}  // namespace

TransportError curl_error(CURL* easy, CURLcode code, std::string_view message) {
  long system_error = 0;
  curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &system_error);
  const std::string detail = detail_of(code, system_error);
  if (const auto proxy = fault_of_proxy(easy, code, message, detail)) return {Kind::no_way, *proxy};
  return {kind_of(code), detail};
}

std::optional<int> shortage_behind(CURL* easy, CURLcode code, const TransportError& error, int no_socket) {
  const auto if_shortage = [](int errno_) { return is_shortage(errno_) ? std::optional{errno_} : std::nullopt; };
  long system_error = 0;
  switch (code) {
    case CURLE_COULDNT_CONNECT:
      curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &system_error);
      return if_shortage(no_socket != 0 ? no_socket : static_cast<int>(system_error));
    case CURLE_OPERATION_TIMEDOUT:  // of an address for which there was a socket; another may have answered
      return error.kind == Kind::timed_out ? if_shortage(no_socket) : std::nullopt;
    case CURLE_FAILED_INIT:
    case CURLE_OUT_OF_MEMORY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return shortage_now();
    default:
      return error.kind == Kind::tls ? shortage_now() : std::nullopt;
  }
}

TransportError shortage(int error) {
  const std::string_view remedy = error == EAGAIN ? "no thread can be started: raise the limit of processes (ulimit -u)"
                                                  : remedy_of_shortage(error);
  return {Kind::ran_out, std::string{remedy}};
}

}  // namespace klinekeep::transport
