#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/time.hpp"
#include "faults/fault.hpp"

namespace replica {

using Fields = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method;
  std::string target;   // as sent
  std::string decoded;  // the target, percent-decoded
  std::string path;     // decoded
  Fields query;         // decoded
  Fields headers;
  std::string body;
  std::uint64_t connection = 0;

  /// The first parameter of this name; nothing when there is none.
  const std::string* parameter(std::string_view name) const;
  const std::string* header(std::string_view name) const;  // names in any case
};

class Link;

/// How an answer travels: over which link, if any, and when it does not travel well.
struct Wire {
  Link* link = nullptr;
  Millis latency{0};
  bool hang = false;
  std::optional<std::size_t> reset_after;     // bytes of the body
  std::optional<std::size_t> truncate_after;  // bytes of the body
  std::optional<std::int64_t> length_delta;
  bool no_length = false;
  bool chunked = false;
  std::size_t bytes_per_second = 0;
};

struct Reply {
  unsigned status = 200;
  Fields headers;
  std::shared_ptr<const std::string> body = std::make_shared<const std::string>();
  Wire wire;

  void set_body(std::string text) { body = std::make_shared<const std::string>(std::move(text)); }
  void set_header(std::string_view name, std::string value);
  void remove_header(std::string_view name);
  /// Bytes of the body that will be sent.
  std::size_t bytes_to_send(bool head) const;
};

Reply make_reply(unsigned status, std::string_view content_type, std::string body);

std::string percent_decode(std::string_view text);

/// Fills in decoded, path and query from the target.
void parse_target(Request& request);

std::string_view reason_of(unsigned status);

}  // namespace replica
