#include "transport/curl_transfer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "transport/curl_error.hpp"

namespace klinekeep::transport {

void CurlTransfer::attach(CURL* easy) {
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, request_callback);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, this);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, head_callback);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, body_callback);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, debug_callback);
  curl_easy_setopt(easy, CURLOPT_DEBUGDATA, this);
  curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);  // for debug_callback, which prints nothing
}

bool CurlTransfer::spend_time(Duration waited) {
  constexpr Duration kBeside = std::chrono::seconds{1};
  const auto now = now_();
  const auto idle = std::max(now - last_ - (busy_ - busy_then_), Steady::duration{0});
  if (!paused_) budget_.spend(std::min(std::chrono::floor<Duration>(idle), waited + kBeside));
  last_ = now;
  busy_then_ = busy_;
  out_of_time_ = budget_.used_up();
  return !out_of_time_;
}

tl::expected<ResponseHead, TransportError> CurlTransfer::outcome(CURL* easy, CURLcode result,
                                                                 std::string_view message) const {
  using Kind = TransportError::Kind;
  const auto error = [](Kind kind, std::string_view detail) {
    return tl::make_unexpected(TransportError{kind, std::string{detail}});
  };
  if (thrown_) return tl::make_unexpected(TransportError{Kind::thrown, {}, thrown_});
  if (stop_.stop_requested()) return error(Kind::cancelled, "cancelled");
  if (out_of_time_ && result != CURLE_OK) return error(Kind::timed_out, time_is_up());
  if (refused_by_sink_) return error(Kind::too_large, "the answer is larger than it can be");
  if (bad_head_) return error(Kind::broken, "the answer's headers are malformed or endless");
  if (requests_ > 1) return error(Kind::broken, "connection closed before the answer");
  if (result != CURLE_OK) return tl::make_unexpected(curl_error(easy, result, message));
  if (!head_.complete()) return error(Kind::broken, "connection closed within the headers");

  curl_off_t announced = -1;
  curl_easy_getinfo(easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
  long version = 0;
  curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
  const bool has_frames = version >= CURL_HTTP_VERSION_2_0;  // these see to it themselves
  if (!has_frames && announced >= 0 && on_the_wire_ > announced) {
    return error(Kind::broken, "the body is longer than announced");
  }
  return head_.head();
}

std::string CurlTransfer::time_is_up() const {
  const double total = static_cast<double>(budget_.total().count()) / 1e6;
  return fmt::format("{} within {:g} s", head_.complete() ? "the answer did not come whole" : "no answer", total);
}

void CurlTransfer::go_on(CURL* easy, bool can_wait) {
  can_wait_ = can_wait;
  static_cast<void>(spend_time());  // none of it, as it was paused
  paused_ = false;
  curl_easy_pause(easy, CURLPAUSE_CONT);
}

bool CurlTransfer::on_request(const Sockets::Ends& connection) {
  connection_ = connection;
  stray_ = sockets_.has_stray_bytes(connection);
  if (stray_) sockets_.end(connection);
  if (!stray_) use_ = sockets_.use(connection);
  sent_ = now_();
  return !stray_ && ++requests_ == 1;
}

void CurlTransfer::heard_something() {
  if (connection_) sockets_.heard(*connection_, now_());
}

/// One of many that share a slow line gets little of it: as long as it gets something, it earns what came for all.
void CurlTransfer::earn(std::size_t body_bytes) {
  came_ += static_cast<std::int64_t>(body_bytes);
  budget_.earn(came_ - std::exchange(came_then_, came_));
}

bool CurlTransfer::on_head_line(std::string_view line) {
  heard_something();
  earn(0);
  return in_sink([&] {
    const HeadReader::Progress progress = head_.feed(line);
    bad_head_ = progress == HeadReader::Progress::bad;
    if (progress == HeadReader::Progress::complete) sink_.start(head_.head());
    return !bad_head_;
  });
}

bool CurlTransfer::on_body(std::string_view bytes) {
  if (stop_.stop_requested() || !head_.complete() || !spend_time()) return false;
  heard_something();
  return in_sink([&] {
    paused_ = !sink_.has_room(bytes.size()) && can_wait_;
    if (paused_) return true;
    earn(bytes.size());
    refused_by_sink_ = !sink_.write(bytes);
    return !refused_by_sink_;
  });
}

template <typename Work>
bool CurlTransfer::in_sink(Work work) {
  const auto began = now_();
  bool go_on = false;
  try {
    go_on = work();
  } catch (...) {  // must not pass through libcurl
    thrown_ = std::current_exception();
  }
  busy_ += now_() - began;
  return go_on;
}

int CurlTransfer::request_callback(void* self, char*, char*, int primary_port, int local_port) {
  const Sockets::Ends ends{local_port, primary_port};
  return static_cast<CurlTransfer*>(self)->on_request(ends) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

std::size_t CurlTransfer::head_callback(char* bytes, std::size_t size, std::size_t count, void* self) {
  return static_cast<CurlTransfer*>(self)->on_head_line({bytes, size * count}) ? size * count : 0;
}

std::size_t CurlTransfer::body_callback(char* bytes, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  if (!transfer.on_body({bytes, size * count})) return 0;
  return transfer.is_paused() ? CURL_WRITEFUNC_PAUSE : size * count;
}

int CurlTransfer::debug_callback(CURL*, curl_infotype kind, char*, std::size_t size, void* self) {
  if (kind == CURLINFO_DATA_IN) static_cast<CurlTransfer*>(self)->on_the_wire_ += static_cast<std::int64_t>(size);
  return 0;
}

}  // namespace klinekeep::transport
