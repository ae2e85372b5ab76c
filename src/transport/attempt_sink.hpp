// Where the answer of one attempt goes: a 2xx to the caller's sink, the text of any other to us.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "transport/http.hpp"

namespace klinekeep::transport {

/// What is kept of the body of an answer that is not 2xx.
inline constexpr std::size_t kMaxText = 64 * 1024;

class AttemptSink final : public BodySink {
 public:
  using OnHead = std::function<void(const ResponseHead&)>;

  /// `caller` must outlive it. `on_head` is called as soon as the head is there.
  AttemptSink(BodySink& caller, OnHead on_head) : caller_(caller), on_head_(std::move(on_head)) {}

  void start(const ResponseHead& head) override;
  [[nodiscard]] bool has_room(std::size_t bytes) override { return !to_caller_ || caller_.has_room(bytes); }
  [[nodiscard]] bool write(std::string_view bytes) override;

  /// The head that came, also when the rest of the answer did not.
  [[nodiscard]] const std::optional<ResponseHead>& head() const { return head_; }
  [[nodiscard]] std::string& text() { return text_; }
  [[nodiscard]] std::int64_t bytes() const { return bytes_; }
  /// We, not the caller, stopped the transfer: there was more text than we keep.
  [[nodiscard]] bool has_enough() const { return has_enough_; }

 private:
  BodySink& caller_;
  OnHead on_head_;
  std::optional<ResponseHead> head_;
  bool to_caller_ = false;
  bool has_enough_ = false;
  std::string text_;
  std::int64_t bytes_ = 0;
};

}  // namespace klinekeep::transport
