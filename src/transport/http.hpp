// The seam to the network: one GET, its body handed over as it arrives. What is retried, paced and given up is
// HostClient's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "transport/time_budget.hpp"

namespace klinekeep::transport {

struct HttpRequest {
  std::string url;  // http or https, percent-encoded
};

struct Header {
  std::string name;
  std::string value;  // without the blanks around it
};

/// Status and headers of the answer (never of a 1xx before it). A value.
struct ResponseHead {
  int status = 0;
  std::vector<Header> headers = {};  // in order of arrival; at most 64 KiB in all

  /// The first header of that name, in any case; a view into this head.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
};

inline constexpr int kProxyWantsLogin = 407;
/// What to say where a proxy has answered in the place of the host.
[[nodiscard]] std::string told_of_proxy(int status);

/// Takes a body while it arrives. Called on the thread that called `get`, by one `get` at a time.
class BodySink {
 public:
  virtual ~BodySink() = default;
  /// At the start of each attempt's answer: forget what came before.
  virtual void start(const ResponseHead& head) = 0;
  /// False: that is too much, stop. What it throws comes out of `get`.
  [[nodiscard]] virtual bool write(std::string_view bytes) = 0;
};

/// Keeps the body as a string; a body longer than `limit` is too much.
class StringSink : public BodySink {
 public:
  explicit StringSink(std::size_t limit) : limit_(limit) {}
  void start(const ResponseHead&) override { body_.clear(); }
  [[nodiscard]] bool write(std::string_view bytes) override;

  [[nodiscard]] const std::string& body() const { return body_; }
  [[nodiscard]] std::string take() { return std::move(body_); }

 private:
  std::size_t limit_;
  std::string body_;
};

struct TransportError {
  enum class Kind : std::uint8_t {
    refused_or_unroutable,  // connection refused, no route, unknown name, not a URL that we ask
    timed_out,              // the time budget or the connect time-out was used up
    broken,                 // reset, body shorter or longer than announced, not HTTP, too many headers
    tls,                    // no TLS, or a certificate that is not trusted
    too_large,              // the sink said so
    ran_out,                // descriptors, threads or memory of this process or machine: no fault of the host
    no_way,                 // a proxy that fails, or no certificates to trust: ours to mend, and no host was asked
    cancelled,              // the caller's stop token
  };
  Kind kind;
  std::string detail;  // for people, without the URL: "connection refused"
};

/// One HTTP GET. Thread-safe; a fake of it is all that a test of the layers above needs.
class HttpTransport {
 public:
  virtual ~HttpTransport() = default;
  /// Sends the request once (never again by itself) and feeds the answer to `sink`: `start` once when its head is
  /// complete, then `write` for its bytes. Any status is an answer; redirects are not followed. Takes the time it needs
  /// (not the sink's) out of `budget` and pays the body's bytes in; a budget that is used up ends it as timed_out. A
  /// stop ends it within milliseconds.
  [[nodiscard]] virtual tl::expected<ResponseHead, TransportError> get(const HttpRequest& request, BodySink& sink,
                                                                       TimeBudget& budget, std::stop_token stop) = 0;
};

}  // namespace klinekeep::transport
