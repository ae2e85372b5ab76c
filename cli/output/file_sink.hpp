// A file that is there as a whole or not at all.
#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>

#include "output/byte_sink.hpp"

namespace klinekeep::cli {

struct OutputTarget;

/// The system's calls by which a file takes another's place for good. As they are in C: 0, or -1 and errno.
struct ReplacingCalls {
  std::function<int(int)> sync = ::fsync;
  std::function<int(const char*, const char*)> rename = std::rename;
};

/// `-o FILE`. A regular or new file is written beside its target, under a name of its own, and takes the target's place
/// in `commit()`: whoever reads the target sees the old file or the new one, also after a power cut, as the bytes are
/// on the disk before the name is, and the name before `commit()` returns. The mode of a file that is replaced is kept
/// (other hard links to it keep the old bytes); a symbolic link stays a link, and what it points to is replaced.
/// Anything else (/dev/null, a FIFO, /dev/stdout, /dev/fd/N) is written straight.
class FileSink final : public ByteSink {
 public:
  /// Opens at once, so that a bad path is known before anything is fetched. Opening a FIFO waits for its reader.
  /// Throws InvalidRequest for an empty path, a directory, or one whose folder does not exist; OutputError for all
  /// else: no permission (also where only the file that would be replaced is read-only), a full disk.
  /// `calls` are for tests.
  explicit FileSink(std::string path, ReplacingCalls calls = {});
  /// Without a commit: removes what was written and leaves the target as it was.
  ~FileSink() override;

  void write(std::string_view bytes) override;
  void commit() override;
  [[nodiscard]] bool is_file() const override { return pending_.has_value(); }

 private:
  void open_beside(const OutputTarget& target);
  void lay_out_for(std::size_t bytes) noexcept;
  void sync(int fd) const;
  void sync_folder() const;
  void discard() noexcept;

  ReplacingCalls calls_;
  std::string path_;       // as the user wrote it, for messages
  std::string target_;     // what is replaced
  std::string temporary_;  // what is written until then
  int fd_ = -1;
  std::int64_t written_ = 0;
  std::int64_t laid_out_ = 0;           // on the disk, for what is still to come
  std::optional<std::size_t> pending_;  // the temporary's slot among the pending outputs
};

/// Removes the temporaries of all FileSinks of this process that are not committed. Safe to call in a signal handler
/// (it only reads lock-free atomics and calls unlink, and keeps errno); the process is expected to end after it.
void unlink_pending_outputs() noexcept;

}  // namespace klinekeep::cli
