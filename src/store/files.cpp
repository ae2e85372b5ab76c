#include "store/files.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace klinekeep::store {
namespace {

std::string_view remedy_of(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return "; free space on that disk, or `klinekeep cache prune`";
    case EACCES:
    case EPERM:
    case EROFS:
      return "; check who owns the cache directory, or choose another with --cache-dir";
    case EIO:
      return "; the disk fails: check it";
    case EMFILE:
    case ENFILE:
      return "; raise the limit of open files (ulimit -n)";
    case EINTR:
      return "; a signal came between: try again";
    default:
      return "";
  }
}

}  // namespace

FileError::FileError(const std::string& operation, const std::filesystem::path& path, int error)
    : CacheError(fmt::format("cache: cannot {} {}: {}{}", operation, path.string(),
                             std::generic_category().message(error), remedy_of(error))),
      error_(error) {}

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
