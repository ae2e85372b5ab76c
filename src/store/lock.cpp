#include "store/lock.hpp"

#include <fmt/format.h>

namespace klinekeep::store {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 10s;
constexpr int kTries = 10;  // each means that someone has just removed the file

}  // namespace

std::unique_ptr<LockFile> try_lock(const Directory& directory, const std::filesystem::path& path, std::int64_t byte) {
  for (int i = 0; i < kTries; ++i) {
    auto lock = directory.files->open_lock(path);
    if (!lock->try_lock(byte)) return nullptr;
    if (!lock->is_at_its_path()) continue;
    remark_without_locks(directory, *lock);
    return lock;
  }
  return nullptr;
}

std::unique_ptr<LockFile> lock(const Directory& directory, const std::filesystem::path& path, std::int64_t byte,
                               const std::string& what, const Waiting& waiting) {
  Wait wait{*directory.pace, waiting, fmt::format("waiting: another process writes {}", what)};
  while (true) {
    if (auto lock = try_lock(directory, path, byte)) return lock;
    if (wait.lasted() >= kPatience) {
      throw CacheError(fmt::format(
          "another process has been writing {} for {} seconds, and may have been stopped (it holds a lock of "
          "{}); nothing was written",
          what, kPatience / 1s, path.string()));
    }
    wait.pause();
  }
}

std::unique_ptr<LockFile> lock_month(const Directory& directory, const Series& series, Month month,
                                     const Waiting& waiting) {
  return lock(directory, directory.layout.lock(series), commit_byte(month),
              fmt::format("{} of {}", text_of(series), text_of(month)), waiting);
}

void remark_without_locks(const Directory& directory, const LockFile& lock) {
  if (lock.excludes_processes()) return;
  directory.files->lacks(fmt::format(
      "the file system of {} keeps no locks: processes that use it at once may fetch the same twice, and lose "
      "what the other has just stored, but never read a wrong candle",
      directory.layout.root().string()));
}

std::string text_of(const Series& series) { return fmt::format("{} {}", series.symbol.text(), series.interval.name()); }

}  // namespace klinekeep::store
