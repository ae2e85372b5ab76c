#include "transport/attempt_sink.hpp"

namespace klinekeep::transport {

void AttemptSink::start(const ResponseHead& head) {
  head_ = head;
  on_head_(head);
  to_caller_ = head.status >= 200 && head.status <= 299;
  if (to_caller_) caller_.start(head);
}

bool AttemptSink::write(std::string_view bytes) {
  bytes_ += static_cast<std::int64_t>(bytes.size());
  if (to_caller_) return caller_.write(bytes);
  text_ += bytes.substr(0, kMaxText - text_.size());
  has_enough_ = text_.size() == kMaxText;
  return !has_enough_;
}

}  // namespace klinekeep::transport
