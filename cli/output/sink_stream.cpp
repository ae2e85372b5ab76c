#include "output/sink_stream.hpp"

#include "frame/status.hpp"

namespace klinekeep::cli {
namespace {

constexpr std::size_t kGathered = 64 * 1024;

}  // namespace

arrow::Status SinkStream::Write(const void* data, std::int64_t size) {
  if (closed_) return arrow::Status::Invalid("the output is closed");
  const std::string_view bytes{static_cast<const char*>(data), static_cast<std::size_t>(size)};
  position_ += size;
  if (gathered_.size() + bytes.size() <= kGathered) {
    gathered_ += bytes;
    return arrow::Status::OK();
  }
  ARROW_RETURN_NOT_OK(Flush());
  if (bytes.size() > kGathered / 2) return forward(bytes);
  gathered_ = bytes;
  return arrow::Status::OK();
}

arrow::Status SinkStream::Flush() {
  if (closed_ || gathered_.empty()) return arrow::Status::OK();
  ARROW_RETURN_NOT_OK(forward(gathered_));
  gathered_.clear();
  return arrow::Status::OK();
}

arrow::Status SinkStream::Close() {
  ARROW_RETURN_NOT_OK(Flush());
  closed_ = true;
  return arrow::Status::OK();
}

arrow::Status SinkStream::forward(std::string_view bytes) {
  try {
    sink_.write(bytes);
    return arrow::Status::OK();
  } catch (const std::exception& error) {
    failure_ = std::current_exception();
    closed_ = true;
    return arrow::Status::IOError(error.what());
  }
}

void SinkStream::check(const arrow::Status& status) const {
  if (status.ok()) return;
  if (failure_) std::rethrow_exception(failure_);
  frame::check_memory(status);
  throw OutputError("cannot write the output: " + status.ToString());
}

}  // namespace klinekeep::cli
