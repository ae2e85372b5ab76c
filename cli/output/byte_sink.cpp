#include "output/byte_sink.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace klinekeep::cli {
namespace {

std::string sentence(std::string_view name, int error) {
  return fmt::format("cannot write {}: {}", name, std::generic_category().message(error));
}

[[noreturn]] void throw_failure(std::string_view name, int error) {
  if (error == EPIPE) throw PipeClosed(sentence(name, error));
  throw OutputError(sentence(name, error));
}

}  // namespace

void write_all(int fd, std::string_view bytes, std::string_view name) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (written < 0 && errno == EAGAIN) {
      pollfd ready{fd, POLLOUT, 0};
      ::poll(&ready, 1, -1);
    } else if (written == 0 || errno != EINTR) {
      throw_failure(name, written == 0 ? EIO : errno);
    }
  }
}

void StdoutSink::write(std::string_view bytes) { write_all(fd_, bytes, name_); }

// Some file systems report a full disk at the close only; closing a duplicate asks for that without giving up the
// descriptor.
void StdoutSink::commit() {
  const int copy = ::dup(fd_);
  if (copy >= 0 && ::close(copy) != 0 && errno != EINTR) throw_failure(name_, errno);
}

void write_stdout(std::string_view text) {
  StdoutSink sink;
  sink.write(text);
  sink.commit();
}

}  // namespace klinekeep::cli
