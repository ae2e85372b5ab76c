#include "output/file_sink.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <random>
#include <system_error>
#include <utility>

#include "core/quote.hpp"
#include "output/output_target.hpp"
#include "output/pending_outputs.hpp"

namespace klinekeep::cli {
namespace {

[[noreturn]] void fail(const std::string& path, int error) {
  throw OutputError(fmt::format("cannot write {}: {}", quote_path(path), std::generic_category().message(error)));
}

int open_retrying(const std::string& path, int flags, mode_t mode = 0) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

/// A name that nothing else has: hidden, so that `*.csv` does not find it, and short, however long the target's is.
std::string name_beside(const std::string& target) {
  std::random_device random;
  const auto number = (std::uint64_t{random()} << 32U) | random();
  return std::filesystem::path(target).parent_path() / fmt::format(".klinekeep-{}-{:016x}.tmp", ::getpid(), number);
}

}  // namespace

FileSink::FileSink(std::string path, ReplacingCalls calls) : calls_(std::move(calls)), path_(std::move(path)) {
  const OutputTarget target = find_output_target(path_);
  switch (target.kind) {
    case OutputTarget::Kind::descriptor:
      fd_ = ::fcntl(target.descriptor, F_DUPFD_CLOEXEC, 0);
      break;
    case OutputTarget::Kind::straight:
      fd_ = open_retrying(target.path, O_WRONLY | O_NOCTTY);
      break;
    case OutputTarget::Kind::regular:
    case OutputTarget::Kind::absent:
      open_beside(target);
      return;
  }
  if (fd_ < 0) fail(path_, errno);
}

void FileSink::open_beside(const OutputTarget& target) {
  temporary_ = name_beside(target.path);
  pending_ = register_pending_output(temporary_);  // before the file is there, so that no signal comes in between
  fd_ = open_retrying(temporary_, O_WRONLY | O_CREAT | O_EXCL, 0666);
  const bool opened = fd_ >= 0;
  if (opened && (target.kind == OutputTarget::Kind::absent || ::fchmod(fd_, target.mode) == 0)) {
    target_ = target.path;
    return;
  }
  const int error = errno;
  if (opened) discard();
  if (!opened) forget_pending_output(*std::exchange(pending_, std::nullopt));
  fail(path_, error);
}

FileSink::~FileSink() { discard(); }

void FileSink::discard() noexcept {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  if (!pending_) return;
  ::unlink(temporary_.c_str());
  forget_pending_output(*std::exchange(pending_, std::nullopt));
}

void FileSink::write(std::string_view bytes) {
  if (pending_) lay_out_for(bytes.size());
  write_all(fd_, bytes, quote_path(path_));
}

/// A large file is laid out in advance, which spares a quarter of what the kernel does for it. Where that cannot be
/// done, nothing is lost.
void FileSink::lay_out_for(std::size_t bytes) noexcept {
  constexpr std::int64_t kLarge = 1 << 20;
  constexpr std::int64_t kAhead = 16 << 20;
  const std::int64_t before = written_;
  written_ += static_cast<std::int64_t>(bytes);
  if (written_ <= kLarge || written_ <= laid_out_) return;
  laid_out_ = written_ + kAhead;
  (void)::fallocate(fd_, FALLOC_FL_KEEP_SIZE, before, laid_out_ - before);
}

void FileSink::commit() {
  if (laid_out_ > 0 && ::ftruncate(fd_, written_) != 0) fail(path_, errno);
  if (pending_) sync(fd_);
  if (::close(std::exchange(fd_, -1)) != 0 && errno != EINTR) fail(path_, errno);
  if (!pending_) return;
  if (calls_.rename(temporary_.c_str(), target_.c_str()) != 0) fail(path_, errno);
  forget_pending_output(*std::exchange(pending_, std::nullopt));
  sync_folder();
}

/// A file system that cannot sync this does what it can.
void FileSink::sync(int fd) const {
  int result = 0;
  do {
    result = calls_.sync(fd);
  } while (result != 0 && errno == EINTR);
  if (result != 0 && errno != EINVAL && errno != ENOSYS && errno != ENOTSUP) fail(path_, errno);
}

/// Of a folder in which one may write and not read, nothing can be opened to be synced.
void FileSink::sync_folder() const {
  const int fd = open_retrying(std::filesystem::path{target_}.parent_path(), O_RDONLY | O_DIRECTORY);
  if (fd < 0 && errno == EACCES) return;
  if (fd < 0) fail(path_, errno);
  const std::unique_ptr<const int, void (*)(const int*)> closed{&fd, [](const int* open) { ::close(*open); }};
  sync(fd);
}

}  // namespace klinekeep::cli
