// The seam between the store and the disk: as small as the store needs. Tests put themselves between to record what is
// asked, or to let an operation fail.
#pragma once

#include <arrow/type_fwd.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/idle.hpp"
#include "klinekeep/errors.hpp"
#include "klinekeep/time.hpp"

namespace klinekeep::store {

/// An operation on a file that failed: what, on which path, errno's text, and what can be done about it.
class FileError : public CacheError {
 public:
  /// `operation` is a verb: "write", "rename".
  FileError(const std::string& operation, const std::filesystem::path& path, int error);
  [[nodiscard]] int error() const { return error_; }

 private:
  int error_;
};

/// Whether descriptors, mappings or memory ran out. That says nothing of what is on the disk: it is no miss.
[[nodiscard]] bool ran_out(const CacheError& error);

/// Calls `call`, and where memory, mappings or descriptors run out, once more without what is idle in this process.
template <class Call>
auto with_room(const Call& call) {
  try {
    return call();
  } catch (const CacheError& error) {
    if (!ran_out(error)) throw;
  } catch (const std::bad_alloc&) {  // what is idle holds memory too
  }
  give_back_idle();
  return call();
}

struct FileStat {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t size = 0;
  std::int64_t modified_ns = 0;
  std::int64_t accessed_ns = 0;
  std::int64_t changed_ns = 0;  // ctime: when anything of it was last changed, the mtime among that

  [[nodiscard]] bool same_file(const FileStat& other) const { return device == other.device && inode == other.inode; }
  /// Whether both are the same file with, as far as one can tell, the same bytes. Use (atime) does not count.
  [[nodiscard]] bool same_content(const FileStat& other) const {
    return same_file(other) && size == other.size && modified_ns == other.modified_ns;
  }
};

/// An open file. Thread-safe. All functions throw FileError.
class ReadFile {
 public:
  virtual ~ReadFile() = default;
  [[nodiscard]] virtual FileStat stat() const = 0;
  /// Fills `to` from `offset` on; returns how many bytes there were, fewer than asked only at the end of the file.
  [[nodiscard]] virtual std::size_t read_at(std::int64_t offset, std::span<std::byte> to) const = 0;
  /// The first `size` bytes (not 0), mapped. The buffer owns the mapping, which needs no open file: it outlives this
  /// object, and keeps the bytes when the file is removed.
  [[nodiscard]] virtual std::shared_ptr<arrow::Buffer> map(std::int64_t size) const = 0;
};

/// A new file. Closed by its destructor, without a word.
class WriteFile {
 public:
  virtual ~WriteFile() = default;
  /// Says that at least so many bytes will be written: room for them may be laid out at once. A hint, which cannot
  /// fail.
  virtual void expect(std::int64_t /*bytes*/) noexcept {}
  /// Appends a part of `bytes`; returns its length, which is not 0. Throws FileError.
  [[nodiscard]] virtual std::size_t write(std::span<const std::byte> bytes) = 0;
  /// Waits until all is on the disk. Throws FileError.
  virtual void sync() = 0;
};

/// An open lock file. What it has locked is let go when it is destroyed or its process ends; a forked child has none of
/// it. Locks of two LockFiles exclude each other, also within a process. Not thread-safe but for the beats.
class LockFile {
 public:
  virtual ~LockFile() = default;
  /// Locks this one byte, unless another holds it. Throws FileError.
  [[nodiscard]] virtual bool try_lock(std::int64_t byte) = 0;
  /// Whether its path still leads to it. Where not, the next one who comes locks another file. Throws FileError.
  [[nodiscard]] virtual bool is_at_its_path() const = 0;
  /// False once the file system has refused to lock: then its locks are those of this process alone.
  [[nodiscard]] virtual bool excludes_processes() const = 0;
  /// Counts up the number in this slot of the file, for all to see. Throws FileError.
  virtual void beat(std::int64_t slot) = 0;
  /// 0 where nobody has. Throws FileError.
  [[nodiscard]] virtual std::uint64_t beat_of(std::int64_t slot) const = 0;
};

/// Thread-safe. "Missing" is an answer; every other failure throws FileError. What a file system lacks is no failure:
/// it is told, and the rest goes on without it. What takes a descriptor is tried again without what is idle in the
/// process where they have run out.
class Files {
 public:
  Files() = default;
  virtual ~Files() = default;
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;

  /// None where it is missing. What is there but not a regular file is an error.
  [[nodiscard]] std::unique_ptr<ReadFile> open(const std::filesystem::path& path);
  [[nodiscard]] virtual std::optional<FileStat> stat(const std::filesystem::path& path) = 0;
  /// Makes a file that must not be there yet.
  [[nodiscard]] std::unique_ptr<WriteFile> create(const std::filesystem::path& path);
  virtual void rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
  /// Returns whether it was there.
  virtual bool remove(const std::filesystem::path& path) = 0;
  /// Waits until the names in a folder are on the disk, unless the file system lacks that.
  void sync_folder(const std::filesystem::path& path);
  /// Makes a folder and those above it, where they are missing. Returns the deepest one that was there before. The
  /// names of new ones are not on the disk before the folders that they are in are synced.
  virtual std::filesystem::path make_folders(const std::filesystem::path& path) = 0;
  /// The names in a folder, sorted; none where it is missing or no folder.
  [[nodiscard]] std::vector<std::string> list(const std::filesystem::path& folder);
  /// Sets the access time of what is there, where that can be done.
  void set_accessed(const std::filesystem::path& path, Timestamp when);
  /// Whether what is at `path` would be copied whole before its access time is set: overlayfs, which keeps what it was
  /// given apart from what has changed. No where one cannot tell.
  [[nodiscard]] virtual bool is_copied_to_change(const std::filesystem::path& path) = 0;
  /// Lets go of the pages of a mapping; they are read again when used.
  virtual void release_pages(const arrow::Buffer& mapping) const noexcept = 0;
  /// Copies bytes of a mapping whose file may have been cut: false where they are there no more, and no signal.
  /// Throws FileError where nobody can tell.
  [[nodiscard]] virtual bool copy_mapped(const arrow::Buffer& mapping, std::int64_t offset,
                                         std::span<std::byte> to) const = 0;
  /// Opens a lock file, making it where it is missing.
  [[nodiscard]] std::unique_ptr<LockFile> open_lock(const std::filesystem::path& path);

  /// Takes down what the file system lacks, a sentence for people; one that was taken down before counts for nothing.
  void lacks(const std::string& sentence);
  /// All of them, in their order.
  [[nodiscard]] std::vector<std::string> lacking() const;

 protected:
  [[nodiscard]] virtual std::unique_ptr<ReadFile> do_open(const std::filesystem::path& path) = 0;
  [[nodiscard]] virtual std::unique_ptr<WriteFile> do_create(const std::filesystem::path& path) = 0;
  [[nodiscard]] virtual std::vector<std::string> do_list(const std::filesystem::path& folder) = 0;
  [[nodiscard]] virtual std::unique_ptr<LockFile> do_open_lock(const std::filesystem::path& path) = 0;
  virtual void do_sync_folder(const std::filesystem::path& path) = 0;
  virtual void do_set_accessed(const std::filesystem::path& path, Timestamp when) = 0;

 private:
  mutable std::mutex lacking_mutex_;
  std::vector<std::string> lacking_;
};

/// The machine's files: one object for the process.
[[nodiscard]] std::shared_ptr<Files> real_files();

/// How many mappings a process may have on this machine (vm.max_map_count). Files take no more than fifteen sixteenths.
[[nodiscard]] std::size_t mapping_limit();

/// Writes all of `bytes`.
void write_all(WriteFile& file, std::span<const std::byte> bytes);

/// All bytes of the file at `path`; none where it is missing or longer than `limit`.
[[nodiscard]] std::optional<std::string> read_text(Files& files, const std::filesystem::path& path, std::int64_t limit);

/// Makes or replaces the file at `path` whole: `temporary` beside it, fsync, rename, fsync of the folder. On failure
/// the temporary is removed, and what was at `path` is still there.
void publish_text(Files& files, const std::filesystem::path& path, const std::filesystem::path& temporary,
                  const std::string& text);

}  // namespace klinekeep::store
