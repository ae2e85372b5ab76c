#include "store/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "core/shortage.hpp"

namespace klinekeep::store {
namespace {

std::string remedy_of(const std::string& operation, int error) {
  if (error == ENOMEM && operation == "map") {
    return "; mappings or memory ran out: let go of earlier answers, ask for less at once, or raise "
           "vm.max_map_count (sysctl)";
  }
  if (is_shortage(error)) return fmt::format("; {}", remedy_of_shortage(error));
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return "; free space on that disk, or prune the cache";
    case EACCES:
    case EPERM:
    case EROFS:
      return "; check who owns the cache directory, or choose another one";
    case EIO:
      return "; the disk fails: check it";
    case EINTR:
      return "; a signal came between: try again";
    default:
      return "";
  }
}

}  // namespace

FileError::FileError(const std::string& operation, const std::filesystem::path& path, int error)
    : CacheError(fmt::format("cannot {} {}: {}{}", operation, path.string(), std::generic_category().message(error),
                             remedy_of(operation, error))),
      error_(error) {}

bool ran_out(const CacheError& error) {
  const auto* const failed = dynamic_cast<const FileError*>(&error);
  return failed != nullptr && is_shortage(failed->error());
}

std::unique_ptr<ReadFile> Files::open(const std::filesystem::path& path) {
  return with_room([&] { return do_open(path); });
}

std::unique_ptr<WriteFile> Files::create(const std::filesystem::path& path) {
  return with_room([&] { return do_create(path); });
}

std::vector<std::string> Files::list(const std::filesystem::path& folder) {
  return with_room([&] { return do_list(folder); });
}

std::unique_ptr<LockFile> Files::open_lock(const std::filesystem::path& path) {
  return with_room([&] { return do_open_lock(path); });
}

void Files::sync_folder(const std::filesystem::path& path) {
  try {
    with_room([&] { do_sync_folder(path); });
  } catch (const FileError& error) {
    if (error.error() != EINVAL && error.error() != EOPNOTSUPP && error.error() != ENOSYS) throw;
    lacks(
        "the cache is on a file system that cannot sync folders: a power cut may lose what was just kept, though it "
        "tears nothing");
  }
}

void Files::set_accessed(const std::filesystem::path& path, Timestamp when) {
  try {
    do_set_accessed(path, when);
  } catch (const FileError& error) {
    // What has been removed, or is on a disk that nobody writes to, is never pruned.
    if (error.error() == ENOENT || error.error() == EROFS) return;
    lacks(fmt::format("it cannot be recorded when the cache is read ({}): limits go by when partitions were written",
                      std::generic_category().message(error.error())));
  }
}

void Files::lacks(const std::string& sentence) {
  const std::scoped_lock lock{lacking_mutex_};
  if (std::ranges::count(lacking_, sentence) == 0) lacking_.push_back(sentence);
}

std::vector<std::string> Files::lacking() const {
  const std::scoped_lock lock{lacking_mutex_};
  return lacking_;
}

void write_all(WriteFile& file, std::span<const std::byte> bytes) {
  while (!bytes.empty()) bytes = bytes.subspan(file.write(bytes));
}

std::optional<std::string> read_text(Files& files, const std::filesystem::path& path, std::int64_t limit) {
  const auto file = files.open(path);
  if (!file) return std::nullopt;
  const std::int64_t size = file->stat().size;
  if (size > limit) return std::nullopt;
  std::string text(static_cast<std::size_t>(size), '\0');
  text.resize(file->read_at(0, std::as_writable_bytes(std::span{text})));
  return text;
}

void publish_text(Files& files, const std::filesystem::path& path, const std::filesystem::path& temporary,
                  const std::string& text) {
  try {
    {
      const auto file = files.create(temporary);
      write_all(*file, std::as_bytes(std::span{text}));
      file->sync();
    }
    files.rename(temporary, path);
  } catch (const FileError&) {
    try {
      files.remove(temporary);
    } catch (const FileError&) {  // the first failure is the one to tell
    }
    throw;
  }
  files.sync_folder(path.parent_path());
}

}  // namespace klinekeep::store
