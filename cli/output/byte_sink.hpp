// Where bytes of output go, and the two ways in which that fails. A sink is used by one thread at a time.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace klinekeep::cli {

/// Output could not be written: the disk is full, a descriptor is closed. `what()` is a sentence for people.
class OutputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The reader at the other end of a pipe is gone (`klinekeep get … | head`): a reason to stop, not to complain.
/// It takes a process that ignores SIGPIPE; otherwise the signal ends it first.
class PipeClosed : public OutputError {
 public:
  using OutputError::OutputError;
};

class ByteSink {
 public:
  ByteSink() = default;
  ByteSink(const ByteSink&) = delete;
  ByteSink& operator=(const ByteSink&) = delete;
  virtual ~ByteSink() = default;

  /// Writes all of `bytes`, or throws OutputError or PipeClosed; after a throw the sink is good for destruction only.
  virtual void write(std::string_view bytes) = 0;

  /// Ends the output and makes it count; reports what only turns up at the close of a file. At most once, nothing after
  /// it. A sink destroyed without it leaves nothing behind that could pass for complete, where that is possible.
  virtual void commit() = 0;

  /// Whether the bytes become a regular file of their own, as opposed to a part of a stream.
  [[nodiscard]] virtual bool is_file() const = 0;
};

/// Standard output, or any descriptor that stays its owner's: written straight, never closed.
class StdoutSink final : public ByteSink {
 public:
  explicit StdoutSink(int fd = 1, std::string name = "standard output") : fd_(fd), name_(std::move(name)) {}

  void write(std::string_view bytes) override;
  void commit() override;
  [[nodiscard]] bool is_file() const override { return false; }

 private:
  int fd_;
  std::string name_;  // for messages
};

/// Writes `text` to standard output, and makes it count.
void write_stdout(std::string_view text);

/// Writes all of `bytes` to `fd`, over short writes, interruptions and a descriptor that does not block.
/// Throws PipeClosed for EPIPE, else OutputError; `name` is for the message.
void write_all(int fd, std::string_view bytes, std::string_view name);

}  // namespace klinekeep::cli
