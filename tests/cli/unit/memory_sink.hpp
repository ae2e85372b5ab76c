// A sink that keeps what it is given and notes what happened to it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "output/byte_sink.hpp"

namespace klinekeep::cli {

struct Received {
  std::string bytes;
  int writes = 0;
  bool committed = false;
};

/// Fails with PipeClosed once `capacity` bytes have come, if that is given.
class MemorySink final : public ByteSink {
 public:
  explicit MemorySink(Received& received, bool is_file = false, std::optional<std::size_t> capacity = {})
      : received_(received), is_file_(is_file), capacity_(capacity) {}

  void write(std::string_view bytes) override {
    ++received_.writes;
    if (capacity_ && received_.bytes.size() + bytes.size() > *capacity_) throw PipeClosed("the reader is gone");
    received_.bytes += bytes;
  }
  void commit() override { received_.committed = true; }
  [[nodiscard]] bool is_file() const override { return is_file_; }

 private:
  Received& received_;
  bool is_file_;
  std::optional<std::size_t> capacity_;
};

}  // namespace klinekeep::cli
