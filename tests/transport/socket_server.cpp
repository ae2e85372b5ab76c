#include "transport/socket_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>

namespace klinekeep::transport {

bool Connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      open_ = false;
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void Connection::wait_for_close() {
  std::array<char, 4096> bytes{};
  while (::recv(socket_, bytes.data(), bytes.size(), 0) > 0) {
  }
  open_ = false;
}

bool Connection::pause_ms(int ms) {
  pollfd peer{.fd = socket_, .events = POLLIN, .revents = 0};
  return ::poll(&peer, 1, ms) == 0;
}

void Connection::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  open_ = false;
}

SocketServer::SocketServer() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  sockaddr* any = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, any, size) != 0 || ::listen(listener_, 64) != 0 || ::getsockname(listener_, any, &size) != 0) {
    throw std::runtime_error("cannot listen");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread{[this] {
    // accept4 takes a descriptor before it waits: it is not called before somebody comes, so that a test that holds all
    // descriptors does not end this thread.
    pollfd listener{.fd = listener_, .events = POLLIN, .revents = 0};
    while (::poll(&listener, 1, -1) >= 0 || errno == EINTR) {
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0 && errno == EMFILE) continue;
      if (socket < 0) return;
      ++connections_;
      const std::lock_guard lock(mutex_);
      sockets_.push_back(socket);
      threads_.emplace_back([this, socket] { serve(socket); });
    }
  }};
}

SocketServer::~SocketServer() {
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  {
    const std::lock_guard lock(mutex_);
    for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
  }
  for (std::thread& thread : threads_) thread.join();
}

void SocketServer::on(const std::string& path, Handler handler) {
  const std::lock_guard lock(mutex_);
  handlers_[path] = std::move(handler);
}

void SocketServer::on_any(std::function<void(Connection&, const std::string&)> handler) {
  const std::lock_guard lock(mutex_);
  any_ = std::move(handler);
}

void SocketServer::on(const std::string& path, const std::string& bytes) {
  on(path, [bytes](Connection& connection) { connection.send(bytes); });
}

std::string SocketServer::url(const std::string& path, const std::string& scheme) const {
  return scheme + "://127.0.0.1:" + std::to_string(port_) + path;
}

std::vector<std::string> SocketServer::log() const {
  const std::lock_guard lock(mutex_);
  return log_;
}

void SocketServer::serve(int socket) {
  Connection connection{socket};
  std::string request;
  while (connection.is_open() && read_request(socket, request)) {
    Handler handler;
    {
      const std::lock_guard lock(mutex_);
      log_.push_back(request);
      const auto begin = request.find(' ') + 1;
      const std::string target = request.substr(begin, request.find(' ', begin) - begin);
      const auto found = handlers_.find(target);
      if (found == handlers_.end() && !any_) break;
      handler =
          found != handlers_.end() ? found->second : [any = any_, target](Connection& peer) { any(peer, target); };
    }
    handler(connection);
  }
  const std::lock_guard lock(mutex_);
  std::erase(sockets_, socket);
  ::close(socket);
}

/// One request head; anything that begins like no GET or CONNECT (a TLS hello) is answered in plain text.
bool SocketServer::read_request(int socket, std::string& request) const {
  request.clear();
  std::array<char, 4096> bytes{};
  while (request.find("\r\n\r\n") == std::string::npos) {
    const ssize_t size = ::recv(socket, bytes.data(), bytes.size(), 0);
    if (size <= 0) return false;
    request.append(bytes.data(), static_cast<std::size_t>(size));
    if (!request.starts_with("GET ") && !request.starts_with("CONNECT ")) {
      Connection{socket}.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
      return false;
    }
  }
  return true;
}

}  // namespace klinekeep::transport
