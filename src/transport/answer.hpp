// What comes of a call to a host: an answer, or why there is none.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "klinekeep/errors.hpp"
#include "transport/http.hpp"

namespace klinekeep::transport {

/// An answer: any status but 429, 418 and 5xx, and a proxy's 407.
struct Response {
  ResponseHead head;
  Timestamp sent = {};     // when the attempt that brought it began, by the clock of answers
  Timestamp heard = {};    // when its head had arrived
  std::string text = {};   // of an answer that is not 2xx: the first 64 KiB of its body
  int attempts = 0;        // requests sent for it
  std::int64_t bytes = 0;  // of all bodies received for it
};

/// Why there is no answer.
struct Failure {
  enum class Kind : std::uint8_t {
    unavailable,   // the host did not answer in the time that it had
    no_way,        // it could not be asked: a proxy that fails, or no certificates to trust
    left_alone,    // not asked, because of what is known of the host: http.status tells 403 and 451
    rate_limited,  // the host, or our share of its budget, makes us wait longer than we do
    too_large,     // the sink refused the body
    ran_out,       // descriptors, threads or memory of ours: it says nothing of the host, which stays up
    cancelled,
    thrown,  // by the sink, or for want of memory: see `thrown`
  };
  Kind kind;
  HttpFailure http;         // status 0: no answer; retry_after: as told, or what is left of a pause
  std::string detail = {};  // for people, without the URL: "HTTP 503 five times within 30 s"
  int attempts = 0;
  std::int64_t bytes = 0;
  Duration spent{0};       // of the call's patience
  bool broke_off = false;  // the last answer had begun: it is of this, perhaps, and not of the host
  std::exception_ptr thrown = {};
};

using Answer = tl::expected<Response, Failure>;

[[nodiscard]] inline tl::unexpected<Failure> thrown(std::exception_ptr what) {
  return tl::unexpected<Failure>{{.kind = Failure::Kind::thrown, .http = {}, .thrown = std::move(what)}};
}

}  // namespace klinekeep::transport
