#include "transport/sockets.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <new>

namespace klinekeep::transport {
namespace {

int port_of(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
  return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

std::optional<Sockets::Ends> ends_of(int fd) {
  sockaddr_storage local{};
  sockaddr_storage peer{};
  socklen_t size = sizeof local;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&local), &size) != 0) return std::nullopt;
  size = sizeof peer;
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return std::nullopt;  // not connected yet
  return Sockets::Ends{port_of(local), port_of(peer)};
}

}  // namespace

int Sockets::open(int family, int type, int protocol, bool is_plain) {
  const int fd = ::socket(family, type | SOCK_CLOEXEC, protocol);
  if (fd < 0) return fd;
  try {
    open_.push_back({fd, is_plain});
    return fd;
  } catch (const std::bad_alloc&) {  // must not pass through libcurl
    ::close(fd);
    errno = ENOMEM;
    return -1;
  }
}

int Sockets::close(int socket) {
  std::erase_if(open_, [&](const Socket& each) { return each.fd == socket; });
  return ::close(socket);
}

int Sockets::use(const Ends& connection) {
  Socket* const socket = find(connection);
  return socket == nullptr ? 0 : ++socket->uses;
}

int Sockets::uses(const Ends& connection) {
  const Socket* const socket = find(connection);
  return socket == nullptr ? 0 : socket->uses;
}

bool Sockets::has_stray_bytes(const Ends& connection) {
  const Socket* const socket = find(connection);
  char byte = 0;
  return socket != nullptr && socket->is_plain && ::recv(socket->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

void Sockets::end(const Ends& connection) {
  if (const Socket* const socket = find(connection)) ::shutdown(socket->fd, SHUT_RDWR);
}

void Sockets::heard(const Ends& connection, Moment now) {
  if (Socket* const socket = find(connection)) socket->heard = now;
}

std::optional<Sockets::Moment> Sockets::last_heard(const Ends& connection) {
  const Socket* const socket = find(connection);
  return socket == nullptr ? std::nullopt : socket->heard;
}

Sockets::Socket* Sockets::find(const Ends& connection) {
  const auto is_known = [&](const Socket& socket) { return socket.ends == connection; };
  const auto known = std::ranges::find_if(open_, is_known);
  if (known != open_.end()) return &*known;
  // Only then, as each costs two calls of the kernel, and bytes come often.
  for (Socket& socket : open_) {
    if (!socket.ends) socket.ends = ends_of(socket.fd);
  }
  const auto learnt = std::ranges::find_if(open_, is_known);
  return learnt == open_.end() ? nullptr : &*learnt;
}

}  // namespace klinekeep::transport
