// The seam to the network: one GET, its body handed over as it arrives. What is retried, paced and given up is
// HostClient's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
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
  std::string url;          // http or https, percent-encoded
  bool compressed = false;  // asks for gzip, and undoes it: the sink sees what was compressed
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

/// Takes a body while it arrives, on the thread of the transfers: it must be quick, and never waits.
class BodySink {
 public:
  virtual ~BodySink() = default;
  /// At the start of each attempt's answer: forget what came before.
  virtual void start(const ResponseHead& head) = 0;
  /// Whether so many bytes more may come now. If not, the transfer waits, at no cost to the host, and asks soon again.
  [[nodiscard]] virtual bool has_room(std::size_t /*bytes*/) { return true; }
  /// False: that is too much, stop. What it throws is the error of the transfer.
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
    thrown,                 // by the sink, or for want of memory: see `thrown`
  };
  Kind kind;
  std::string detail;  // for people, without the URL: "connection refused"
  std::exception_ptr thrown = {};
};

/// What came of a transfer.
using Outcome = tl::expected<ResponseHead, TransportError>;

/// HTTP GETs. Thread-safe; a fake of it is all that a test of the layers above needs.
class HttpTransport {
 public:
  virtual ~HttpTransport() = default;

  /// Begins to send the request, once (never again by itself), and to feed the answer to `sink`: `start` once when its
  /// head is complete, then `write` for its bytes. Any status is an answer; redirects are not followed. Takes the time
  /// that is waited for the host out of `budget` and pays the body's bytes in; a budget that is used up ends it as
  /// timed_out. A stop ends it within milliseconds. `done` is called once, on any thread, perhaps before `start`
  /// returns; it must be quick and not throw. The sink and the budget must live until then.
  virtual void start(HttpRequest request, BodySink& sink, TimeBudget& budget, std::stop_token stop,
                     std::function<void(Outcome)> done) = 0;

  /// While somebody has it, what transfers need beside themselves outlasts a pause between them.
  [[nodiscard]] virtual std::shared_ptr<void> stay_ready() { return nullptr; }
};

}  // namespace klinekeep::transport
