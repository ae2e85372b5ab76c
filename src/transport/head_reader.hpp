// Puts a response's head together from its lines. No I/O.
#pragma once

#include <cstdint>
#include <string_view>

#include "transport/http.hpp"

namespace klinekeep::transport {

/// Takes the lines of 1xx answers, of the answer and of its trailers; keeps those of the answer.
class HeadReader {
 public:
  enum class Progress : std::uint8_t { going_on, complete, bad };

  /// One line with its line end. `complete` once, at the empty line that ends the answer's head. `bad` when it cannot
  /// be a head, or all lines together are above 64 KiB or 512: nothing more may be fed then.
  [[nodiscard]] Progress feed(std::string_view line);

  [[nodiscard]] bool complete() const { return complete_; }
  [[nodiscard]] const ResponseHead& head() const { return head_; }

 private:
  [[nodiscard]] Progress end_of_head();

  ResponseHead head_;
  std::size_t size_ = 0;
  int lines_ = 0;
  bool complete_ = false;
};

}  // namespace klinekeep::transport
