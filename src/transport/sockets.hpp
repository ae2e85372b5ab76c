// The sockets that libcurl has open for us.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

namespace klinekeep::transport {

/// Of one multi handle; used by one thread.
class Sockets {
 public:
  /// What tells a connection from the others: our port, and the port that it leads to.
  struct Ends {
    int local_port = 0;
    int peer_port = 0;

    friend bool operator==(const Ends&, const Ends&) = default;
  };
  using Moment = std::chrono::steady_clock::time_point;

  /// A socket for libcurl. On one that is plain every byte is seen, as nothing is encrypted on it. As ::socket: below 0
  /// where there is none, with errno.
  [[nodiscard]] int open(int family, int type, int protocol, bool is_plain);
  int close(int socket);
  [[nodiscard]] std::size_t count() const { return open_.size(); }

  /// A request is sent on it: which one it is, counted from 1.
  int use(const Ends& connection);
  [[nodiscard]] int uses(const Ends& connection);

  /// Whether there is something to read on a plain connection.
  [[nodiscard]] bool has_stray_bytes(const Ends& connection);
  /// Nothing more comes or goes: libcurl finds that it is dead, and uses it no more.
  void end(const Ends& connection);

  /// Something has come on it.
  void heard(const Ends& connection, Moment now);
  /// When that was last; none where nothing has.
  [[nodiscard]] std::optional<Moment> last_heard(const Ends& connection);

 private:
  struct Socket {
    int fd;
    bool is_plain;
    std::optional<Ends> ends = {};  // once they are known
    std::optional<Moment> heard = {};
    int uses = 0;
  };
  [[nodiscard]] Socket* find(const Ends& connection);

  std::vector<Socket> open_;
};

}  // namespace klinekeep::transport
