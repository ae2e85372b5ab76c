#include <arrow/buffer.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <fstream>
#include <mutex>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "store/files.hpp"

namespace klinekeep::store {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

/// Calls `call` until a signal does not interrupt it.
template <class Call>
auto uninterrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

bool is_missing(int error) { return error == ENOENT || error == ENOTDIR; }

std::int64_t nanoseconds(const timespec& time) { return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

FileStat stat_of(const struct stat& status) {
  return {status.st_dev,
          status.st_ino,
          status.st_size,
          nanoseconds(status.st_mtim),
          nanoseconds(status.st_atim),
          nanoseconds(status.st_ctim)};
}

/// A mapping as a buffer that unmaps itself; slices of it keep it alive.
class Mapping final : public arrow::Buffer {
 public:
  Mapping(void* address, std::int64_t size)
      : arrow::Buffer(static_cast<const std::uint8_t*>(address), size), address_(address) {
    ++alive_;
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() override {
    ::munmap(address_, static_cast<std::size_t>(size()));
    --alive_;
  }

  /// At the machine's limit malloc would fail first, which maps what it hands out: memory would be said to have run
  /// out. A sixteenth is left to it, and to the rest of the process.
  [[nodiscard]] static bool are_used_up() {
    static const std::size_t most = mapping_limit() / 16 * 15;
    return alive_ >= most;
  }
  void release_pages() const noexcept { ::madvise(address_, static_cast<std::size_t>(size()), MADV_DONTNEED); }

 private:
  inline static std::atomic<std::size_t> alive_ = 0;  // of the process

  void* address_;
};

/// Copies what may be there no more: the kernel takes it from memory for a pipe, and says where it cannot.
bool copy_through_pipe(const std::uint8_t* from, std::span<std::byte> to) {
  constexpr std::size_t kFitsAnyPipe = 4096;
  constexpr const char* kPipe = "a pipe, to look at what is mapped";
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw FileError("make", kPipe, errno);
  const Descriptor out{ends[0]};
  const Descriptor in{ends[1]};
  for (std::size_t done = 0; done < to.size();) {
    const std::size_t piece = std::min(kFitsAnyPipe, to.size() - done);
    const auto put = uninterrupted([&] { return ::write(in.get(), from + done, piece); });
    if (put < 0 && errno == EFAULT) return false;
    if (put < 0) throw FileError("write to", kPipe, errno);
    const auto got = uninterrupted([&] { return ::read(out.get(), to.data() + done, static_cast<std::size_t>(put)); });
    if (got != put) throw FileError("read from", kPipe, errno);
    done += static_cast<std::size_t>(put);
  }
  return true;
}

class RealReadFile final : public ReadFile {
 public:
  RealReadFile(std::filesystem::path path, Descriptor fd) : path_(std::move(path)), fd_(std::move(fd)) {}

  FileStat stat() const override {
    struct stat status{};
    if (::fstat(fd_.get(), &status) != 0) throw FileError("stat", path_, errno);
    return stat_of(status);
  }

  std::size_t read_at(std::int64_t offset, std::span<std::byte> to) const override {
    std::size_t done = 0;
    while (done < to.size()) {
      const std::int64_t from = offset + static_cast<std::int64_t>(done);
      const auto got = uninterrupted([&] { return ::pread(fd_.get(), to.data() + done, to.size() - done, from); });
      if (got < 0) throw FileError("read", path_, errno);
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  }

  std::shared_ptr<arrow::Buffer> map(std::int64_t size) const override {
    if (Mapping::are_used_up()) throw FileError("map", path_, ENOMEM);
    const auto length = static_cast<std::size_t>(size);
    void* const address = ::mmap(nullptr, length, PROT_READ, MAP_SHARED, fd_.get(), 0);
    if (address == MAP_FAILED) throw FileError("map", path_, errno);
    try {
      return std::make_shared<Mapping>(address, size);
    } catch (...) {
      ::munmap(address, length);
      throw;
    }
  }

 private:
  std::filesystem::path path_;
  Descriptor fd_;
};

class RealWriteFile final : public WriteFile {
 public:
  RealWriteFile(std::filesystem::path path, Descriptor fd) : path_(std::move(path)), fd_(std::move(fd)) {}

  void expect(std::int64_t bytes) noexcept override { ::fallocate(fd_.get(), FALLOC_FL_KEEP_SIZE, 0, bytes); }

  std::size_t write(std::span<const std::byte> bytes) override {
    const auto done = uninterrupted([&] { return ::write(fd_.get(), bytes.data(), bytes.size()); });
    if (done <= 0) throw FileError("write", path_, done < 0 ? errno : ENOSPC);
    return static_cast<std::size_t>(done);
  }

  void sync() override {
    if (uninterrupted([&] { return ::fsync(fd_.get()); }) != 0) throw FileError("fsync", path_, errno);
  }

 private:
  std::filesystem::path path_;
  Descriptor fd_;
};

class RealLockFile;

/// The lock files that this process has open. A forked child shares their open file descriptions, and with them their
/// locks, which would outlive the parent: so it closes them before it does anything else.
class OpenLocks {
 public:
  /// Never destroyed: threads may still fork as the process ends.
  static OpenLocks& of_process() {
    static auto* const all = new OpenLocks;
    return *all;
  }
  [[nodiscard]] std::unique_ptr<LockFile> open(const std::filesystem::path& path);
  void forget(RealLockFile& file) {
    const std::scoped_lock lock{mutex_};
    files_.erase(&file);
  }

  /// Where the file system keeps no locks: those within the process, by file and byte.
  using Byte = std::tuple<dev_t, ino_t, std::int64_t>;
  [[nodiscard]] bool take(const Byte& byte) {
    const std::scoped_lock lock{mutex_};
    return taken_.insert(byte).second;
  }
  void give_back(const std::vector<Byte>& bytes) {
    const std::scoped_lock lock{mutex_};
    for (const Byte& byte : bytes) taken_.erase(byte);
  }

 private:
  OpenLocks() {
    ::pthread_atfork([] { of_process().mutex_.lock(); }, [] { of_process().mutex_.unlock(); },
                     [] { of_process().abandon_all(); });
  }
  void abandon_all();

  std::mutex mutex_;
  std::set<RealLockFile*> files_;
  std::set<Byte> taken_;
};

class RealLockFile final : public LockFile {
 public:
  explicit RealLockFile(std::filesystem::path path) : path_(std::move(path)) {}
  RealLockFile(const RealLockFile&) = delete;
  RealLockFile& operator=(const RealLockFile&) = delete;
  ~RealLockFile() override {
    OpenLocks::of_process().forget(*this);
    OpenLocks::of_process().give_back(taken_);
    if (fd_ < 0) return;                        // not opened, or the parent's
    struct flock all = request(F_UNLCK, 0, 0);  // also for a copy of it that a child has which was not told of the fork
    ::fcntl(fd_, F_OFD_SETLK, &all);
    ::close(fd_);
  }

  void open() {
    constexpr int kMode = O_RDWR | O_CREAT | O_NONBLOCK | O_CLOEXEC;
    fd_ = uninterrupted([&] { return ::open(path_.c_str(), kMode, 0666); });
    if (fd_ < 0) throw FileError("open", path_, errno);
  }

  /// In a child, after a fork.
  void abandon() {
    ::close(std::exchange(fd_, -1));
    taken_.clear();
  }

  bool try_lock(std::int64_t byte) override {
    struct flock one = request(F_WRLCK, byte, 1);
    if (!is_refused_) {
      if (uninterrupted([&] { return ::fcntl(fd_, F_OFD_SETLK, &one); }) == 0) return true;
      if (errno == EAGAIN || errno == EACCES) return false;
      if (!is_unable(errno)) throw FileError("lock", path_, errno);
    }
    is_refused_ = true;
    const struct stat status = stat_or_throw();
    const OpenLocks::Byte place{status.st_dev, status.st_ino, byte};
    taken_.reserve(taken_.size() + 1);  // before it is taken: what is not noted here would never be given back
    if (!OpenLocks::of_process().take(place)) return false;
    taken_.push_back(place);
    return true;
  }

  bool is_at_its_path() const override {
    const struct stat ours = stat_or_throw();
    struct stat there{};
    if (::stat(path_.c_str(), &there) == 0) return there.st_dev == ours.st_dev && there.st_ino == ours.st_ino;
    if (is_missing(errno)) return false;
    throw FileError("stat", path_, errno);
  }

  bool excludes_processes() const override { return !is_refused_; }

  void beat(std::int64_t slot) override {
    const std::uint64_t next = beat_of(slot) + 1;
    const auto done = uninterrupted([&] { return ::pwrite(fd_, &next, sizeof next, slot * kBeatBytes); });
    if (done != kBeatBytes) throw FileError("write", path_, done < 0 ? errno : ENOSPC);
  }

  std::uint64_t beat_of(std::int64_t slot) const override {
    std::uint64_t beat = 0;
    if (uninterrupted([&] { return ::pread(fd_, &beat, sizeof beat, slot * kBeatBytes); }) < 0)
      throw FileError("read", path_, errno);
    return beat;
  }

 private:
  static constexpr std::int64_t kBeatBytes = sizeof(std::uint64_t);

  /// What an fcntl answers that cannot lock like this: an old kernel, or a file system that leaves locks out.
  static bool is_unable(int error) { return error == EINVAL || error == ENOLCK || error == ENOTSUP || error == ENOSYS; }

  [[nodiscard]] struct stat stat_or_throw() const {
    struct stat status{};
    if (::fstat(fd_, &status) != 0) throw FileError("stat", path_, errno);
    return status;
  }

  static struct flock request(int type, std::int64_t start, std::int64_t length) {
    struct flock lock{};
    lock.l_type = static_cast<short>(type);
    lock.l_whence = SEEK_SET;
    lock.l_start = start;
    lock.l_len = length;
    return lock;
  }

  std::filesystem::path path_;
  int fd_ = -1;  // also where it is the parent's, from which we were forked
  bool is_refused_ = false;
  std::vector<OpenLocks::Byte> taken_;
};

/// A fork waits meanwhile: it must not find a file that is open and not known.
std::unique_ptr<LockFile> OpenLocks::open(const std::filesystem::path& path) {
  auto file = std::make_unique<RealLockFile>(path);  // outlives the lock, which its end takes
  const std::scoped_lock lock{mutex_};
  files_.insert(file.get());
  file->open();
  return file;
}

void OpenLocks::abandon_all() {
  for (RealLockFile* const file : files_) file->abandon();
  taken_.clear();
  mutex_.unlock();
}

/// Null at the end. It lasts until the next one is read.
const char* next_name(DIR& entries, const std::filesystem::path& folder) {
  errno = 0;
  const dirent* const entry = ::readdir(&entries);
  if (entry != nullptr) return entry->d_name;
  if (errno != 0 && !is_missing(errno)) throw FileError("list", folder, errno);
  return nullptr;
}

class RealFiles final : public Files {
 public:
  std::optional<FileStat> stat(const std::filesystem::path& path) override {
    struct stat status{};
    if (::stat(path.c_str(), &status) == 0) return stat_of(status);
    if (is_missing(errno)) return std::nullopt;
    throw FileError("stat", path, errno);
  }

  void rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) throw FileError("rename to", to, errno);
  }

  bool remove(const std::filesystem::path& path) override {
    if (::unlink(path.c_str()) == 0) return true;
    if (is_missing(errno)) return false;
    throw FileError("remove", path, errno);
  }

  std::filesystem::path make_folders(const std::filesystem::path& path) override {
    std::error_code error;
    std::filesystem::path there = path;
    while (there.has_relative_path() && !std::filesystem::is_directory(there, error)) there = there.parent_path();
    std::filesystem::create_directories(path, error);
    if (error) throw FileError("create", path, error.value());
    return there;
  }

  bool is_copied_to_change(const std::filesystem::path& path) override {
    struct statfs status{};
    return ::statfs(path.c_str(), &status) == 0 && status.f_type == OVERLAYFS_SUPER_MAGIC;
  }

  void release_pages(const arrow::Buffer& mapping) const noexcept override {
    if (const auto* const own = dynamic_cast<const Mapping*>(&mapping); own != nullptr) own->release_pages();
  }

  bool copy_mapped(const arrow::Buffer& mapping, std::int64_t offset, std::span<std::byte> to) const override {
    if (offset < 0 || offset + std::ssize(to) > mapping.size()) return false;
    const iovec into{to.data(), to.size()};
    const iovec from{const_cast<std::uint8_t*>(mapping.data()) + offset, to.size()};
    const auto done = uninterrupted([&] { return ::process_vm_readv(::getpid(), &into, 1, &from, 1, 0); });
    // Containers may forbid this call, and emulators lack it.
    if (done < 0 && errno != EFAULT) return copy_through_pipe(mapping.data() + offset, to);
    return done == std::ssize(to);
  }

 protected:
  std::unique_ptr<ReadFile> do_open(const std::filesystem::path& path) override {
    // Not blocking: a pipe in a file's place is an error and not a wait. Access times are set when a partition is used,
    // not when it is looked at; only the owner may ask for that.
    constexpr int kMode = O_RDONLY | O_NONBLOCK | O_CLOEXEC;
    int opened = uninterrupted([&] { return ::open(path.c_str(), kMode | O_NOATIME); });
    if (opened < 0 && errno == EPERM) opened = uninterrupted([&] { return ::open(path.c_str(), kMode); });
    Descriptor fd{opened};
    if (fd.get() < 0 && is_missing(errno)) return nullptr;
    if (fd.get() < 0) throw FileError("open", path, errno);
    struct stat status{};
    if (::fstat(fd.get(), &status) != 0) throw FileError("stat", path, errno);
    if (!S_ISREG(status.st_mode)) throw FileError("open", path, S_ISDIR(status.st_mode) ? EISDIR : EINVAL);
    return std::make_unique<RealReadFile>(path, std::move(fd));
  }

  std::unique_ptr<WriteFile> do_create(const std::filesystem::path& path) override {
    Descriptor fd{uninterrupted([&] { return ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666); })};
    if (fd.get() < 0) throw FileError("create", path, errno);
    return std::make_unique<RealWriteFile>(path, std::move(fd));
  }

  std::vector<std::string> do_list(const std::filesystem::path& folder) override {
    struct Close {
      void operator()(DIR* open) const { ::closedir(open); }
    };
    // Not std::filesystem's iterator: it makes each path in a noexcept function, where memory that runs out ends the
    // process.
    const std::unique_ptr<DIR, Close> entries{::opendir(folder.c_str())};
    std::vector<std::string> names;
    if (!entries && is_missing(errno)) return names;
    if (!entries) throw FileError("list", folder, errno);
    while (const char* const name = next_name(*entries, folder)) {
      if (name != std::string_view{"."} && name != std::string_view{".."}) names.emplace_back(name);
    }
    std::ranges::sort(names);
    return names;
  }

  std::unique_ptr<LockFile> do_open_lock(const std::filesystem::path& path) override {
    return OpenLocks::of_process().open(path);
  }

  void do_sync_folder(const std::filesystem::path& path) override {
    const Descriptor fd{uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); })};
    if (fd.get() < 0) throw FileError("open", path, errno);
    if (uninterrupted([&] { return ::fsync(fd.get()); }) != 0) throw FileError("fsync", path, errno);
  }

  void do_set_accessed(const std::filesystem::path& path, Timestamp when) override {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(when);
    const auto rest = std::chrono::nanoseconds{when - seconds};
    const timespec times[2] = {{seconds.time_since_epoch().count(), rest.count()}, {0, UTIME_OMIT}};
    if (::utimensat(AT_FDCWD, path.c_str(), times, 0) != 0) throw FileError("set the access time of", path, errno);
  }
};

}  // namespace

std::shared_ptr<Files> real_files() {
  static const std::shared_ptr<Files> files = std::make_shared<RealFiles>();
  return files;
}

std::size_t mapping_limit() {
  std::size_t limit = 65'530;  // Linux's own
  std::ifstream{"/proc/sys/vm/max_map_count"} >> limit;
  return limit;
}

}  // namespace klinekeep::store
