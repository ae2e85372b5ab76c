#include "transport/descriptors.hpp"

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <limits>
#include <memory>
#include <new>
#include <system_error>
#include <thread>

#include "core/shortage.hpp"

namespace klinekeep::transport {
namespace {

constexpr std::size_t kDescriptors = 8;  // a name's look-up: a pair to wake, files of settings, sockets to servers
constexpr std::size_t kBytes = 1 << 20;

std::optional<int> shortage_of_descriptors() {
  std::array<int, kDescriptors> open;
  std::size_t count = 0;
  int error = 0;
  for (; count < open.size(); ++count) {
    open[count] = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (open[count] >= 0) continue;
    error = errno;
    break;
  }
  for (std::size_t i = 0; i < count; ++i) ::close(open[i]);
  return is_shortage(error) ? std::optional{error} : std::nullopt;
}

std::optional<int> shortage_of_threads() {
  try {
    std::thread{[] {}}.join();
  } catch (const std::system_error& failed) {
    if (failed.code() == std::errc::resource_unavailable_try_again) return EAGAIN;
  }
  return std::nullopt;
}

}  // namespace

std::size_t descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return std::numeric_limits<std::size_t>::max();
  return limit.rlim_cur;
}

std::optional<int> shortage_now() {
  if (const auto error = shortage_of_descriptors()) return error;
  if (!std::unique_ptr<char[]>{new (std::nothrow) char[kBytes]}) return ENOMEM;
  return shortage_of_threads();
}

}  // namespace klinekeep::transport
