// A ByteSink as Arrow's writers want it.
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/result.h>
#include <arrow/status.h>

#include <exception>
#include <string>

#include "output/byte_sink.hpp"

namespace klinekeep::cli {

/// Small writes are gathered; large ones go straight through. What the sink throws must not cross Arrow's frames: it is
/// kept, Arrow sees an IOError, and `check` throws it again.
class SinkStream final : public arrow::io::OutputStream {
 public:
  /// `sink` outlives the stream.
  explicit SinkStream(ByteSink& sink) : sink_(sink) {}

  using arrow::io::OutputStream::Write;
  arrow::Status Write(const void* data, std::int64_t size) override;
  arrow::Status Flush() override;
  arrow::Status Close() override;
  [[nodiscard]] arrow::Result<std::int64_t> Tell() const override { return position_; }
  [[nodiscard]] bool closed() const override { return closed_; }

  /// From now on nothing reaches the sink: a writer that is destroyed unfinished may try to write its footer.
  void abandon() { closed_ = true; }

  /// Returns if `status` is OK; else throws what the sink threw, or an OutputError with Arrow's words.
  void check(const arrow::Status& status) const;

 private:
  arrow::Status forward(std::string_view bytes);

  ByteSink& sink_;
  std::string gathered_;
  std::int64_t position_ = 0;
  bool closed_ = false;
  std::exception_ptr failure_;
};

}  // namespace klinekeep::cli
