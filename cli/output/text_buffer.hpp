// Text on its way to a sink: rows are formatted into one reused block, which goes out when it is full.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

#include "output/byte_sink.hpp"

namespace klinekeep::cli {

class TextBuffer {
 public:
  /// `sink` outlives the buffer.
  explicit TextBuffer(ByteSink& sink) : sink_(sink), block_(std::make_unique<char[]>(kSize)), end_(block_.get()) {}

  /// Where the next `size` characters may be written; say with `used_to` how many were. At most kSize.
  [[nodiscard]] char* room(std::size_t size) {
    if (std::cmp_less(block_.get() + kSize - end_, size)) flush();
    return end_;
  }
  void used_to(char* end) { end_ = end; }

  void put(std::string_view text) {
    char* const out = room(text.size());
    used_to(out + text.copy(out, text.size()));
  }

  void flush() {
    sink_.write({block_.get(), static_cast<std::size_t>(end_ - block_.get())});
    end_ = block_.get();
  }

  static constexpr std::size_t kSize = 128 * 1024;

 private:
  ByteSink& sink_;
  std::unique_ptr<char[]> block_;
  char* end_;
};

}  // namespace klinekeep::cli
