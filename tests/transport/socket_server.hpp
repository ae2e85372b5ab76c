// An HTTP server on raw sockets, so that it can break every rule.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace klinekeep::transport {

/// One connection, as a handler sees it.
class Connection {
 public:
  explicit Connection(int socket) : socket_(socket) {}
  /// False when the peer is gone.
  bool send(std::string_view bytes);
  /// Waits until the peer has gone.
  void wait_for_close();
  /// Waits for that long, or until the peer has gone: then false.
  bool pause_ms(int ms);
  /// Ends the connection with a TCP reset.
  void reset();
  /// The handler is done with it: no further request is read.
  void close() { open_ = false; }
  [[nodiscard]] bool is_open() const { return open_; }

 private:
  int socket_;
  bool open_ = true;
};

/// Listens on 127.0.0.1; each connection has a thread, each request with the path P goes to the handler of P. Joins all
/// on destruction.
class SocketServer {
 public:
  using Handler = std::function<void(Connection&)>;

  SocketServer();
  ~SocketServer();
  SocketServer(const SocketServer&) = delete;
  SocketServer& operator=(const SocketServer&) = delete;

  void on(const std::string& path, Handler handler);
  /// Answers what no path has a handler for, by its target.
  void on_any(std::function<void(Connection&, const std::string& target)> handler);
  /// Answers `path` by these bytes and keeps the connection.
  void on(const std::string& path, const std::string& bytes);
  [[nodiscard]] std::string url(const std::string& path, const std::string& scheme = "http") const;
  /// Request heads, in order of arrival.
  [[nodiscard]] std::vector<std::string> log() const;
  [[nodiscard]] int connections() const { return connections_; }

 private:
  void serve(int socket);
  bool read_request(int socket, std::string& request) const;

  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> connections_ = 0;
  mutable std::mutex mutex_;  // of what follows
  std::map<std::string, Handler> handlers_;
  std::function<void(Connection&, const std::string&)> any_;
  std::vector<std::string> log_;
  std::vector<int> sockets_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace klinekeep::transport
