#include "transport/rate_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <system_error>
#include <thread>
#include <utility>

#include "core/idle.hpp"
#include "core/shortage.hpp"

namespace klinekeep::transport {
namespace {

constexpr int kLockTries = 100;
constexpr std::chrono::milliseconds kLockPause{1};
constexpr std::size_t kMaxName = 200;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

/// Where descriptors run out, once more without what is idle in the process: unshared, a budget could be exceeded.
template <class Open>
int with_room(const Open& open) {
  const int fd = open();
  if (fd >= 0 || !is_shortage(errno)) return fd;
  give_back_idle();
  return open();
}

std::string reason(int error) { return std::generic_category().message(error); }

tl::unexpected<std::string> refuse(const std::filesystem::path& path, std::string_view why) {
  return tl::make_unexpected(fmt::format("{}: {}", path.string(), why));
}

/// Opens the folder, making it where it is missing; an error when others could have put anything there.
tl::expected<int, std::string> open_directory(const std::filesystem::path& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return refuse(path, reason(errno));
  Descriptor directory{
      with_room([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC); })};
  if (directory.get() < 0) return refuse(path, errno == ELOOP || errno == ENOTDIR ? "not a folder" : reason(errno));
  struct stat status{};
  if (::fstat(directory.get(), &status) != 0) return refuse(path, reason(errno));
  if (status.st_uid != ::geteuid() || (status.st_mode & 0077) != 0)
    return refuse(path, "not a folder of this user alone");
  return directory.release();
}

bool lock(int fd) {
  for (int i = 0; i < kLockTries; ++i) {
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return true;
    if (errno != EWOULDBLOCK && errno != EINTR) return false;
    std::this_thread::sleep_for(kLockPause);
  }
  return false;
}

}  // namespace

tl::expected<std::filesystem::path, std::string> find_rate_directory() {
  std::string why;
  const auto usable = [&why](const std::filesystem::path& path) {
    const auto opened = open_directory(path);
    if (opened) ::close(*opened);
    if (!opened) why += (why.empty() ? "" : "; ") + opened.error();
    return opened.has_value();
  };
  if (const char* runtime = std::getenv("XDG_RUNTIME_DIR"); runtime != nullptr && *runtime == '/') {
    if (auto path = std::filesystem::path{runtime} / "klinekeep"; usable(path)) return path;
  }
  if (auto path = std::filesystem::path{"/tmp"} / fmt::format("klinekeep-{}", ::geteuid()); usable(path)) return path;
  return tl::make_unexpected(why);
}

std::string rate_file_name(const std::string& host) {
  std::string name;
  for (const char c : host) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
    if (plain) {
      name += c;
    } else if (!name.ends_with('_')) {
      name += '_';
    }
  }
  if (name.size() <= kMaxName) return name;
  return name.substr(0, kMaxName - 17) + fmt::format("-{:016x}", std::hash<std::string>{}(host));
}

tl::expected<std::optional<RateFile>, std::string> RateFile::open(const std::filesystem::path& directory,
                                                                  const std::string& host, Access access) {
  const auto folder = open_directory(directory);
  if (!folder) return tl::make_unexpected(folder.error());
  const Descriptor holder{*folder};

  const std::string name = rate_file_name(host);
  const auto path = directory / name;
  const int making = access == Access::change ? O_CREAT : 0;
  constexpr int kMode = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  Descriptor file{with_room([&] { return ::openat(holder.get(), name.c_str(), kMode | making, 0600); })};
  if (file.get() < 0) {
    if (errno == ENOENT && access == Access::look) return std::nullopt;
    return refuse(path, errno == ELOOP ? "a link" : reason(errno));
  }
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return refuse(path, reason(errno));
  if (!S_ISREG(status.st_mode) || status.st_uid != ::geteuid()) return refuse(path, "not a file of this user");
  if (!lock(file.get())) return refuse(path, "locked by another process");
  return RateFile{file.release()};
}

RateFile::~RateFile() {
  if (fd_ < 0) return;
  ::flock(fd_, LOCK_UN);  // also for a copy of it that a fork in this instant has made
  ::close(fd_);
}

std::optional<RateState> RateFile::read() const {
  std::array<char, kRateRecordSize + 1> bytes{};
  const ssize_t size = ::pread(fd_, bytes.data(), bytes.size(), 0);
  if (size <= 0) return std::nullopt;
  return parse_rate_state({bytes.data(), static_cast<std::size_t>(size)});
}

// Not const: it changes the file. NOLINTNEXTLINE(readability-make-member-function-const)
tl::expected<void, std::string> RateFile::write(const RateState& state) {
  const std::string record = format_rate_state(state);
  struct stat status{};
  const bool too_long = ::fstat(fd_, &status) == 0 && std::cmp_greater(status.st_size, record.size());
  if (too_long && ::ftruncate(fd_, 0) != 0) return tl::make_unexpected(reason(errno));
  const ssize_t written = ::pwrite(fd_, record.data(), record.size(), 0);
  if (written < 0) return tl::make_unexpected(reason(errno));
  if (static_cast<std::size_t>(written) != record.size()) return tl::make_unexpected(std::string{"disk full"});
  return {};
}

}  // namespace klinekeep::transport
