#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "http/message.hpp"

namespace replica {

using Handler = std::function<Reply(const Request&)>;

/// Listens on 127.0.0.1 at `port` (0: any free one) and answers each connection on a thread of its own, for the rest of
/// the process. Returns the port. Throws when it cannot listen.
std::uint16_t serve_http(std::uint16_t port, const Handler& handler);

/// The same with TLS. A certificate and its key, both PEM.
std::uint16_t serve_https(std::uint16_t port, const Handler& handler, const std::string& certificate,
                          const std::string& key);

}  // namespace replica
