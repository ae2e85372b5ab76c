// One transfer as libcurl's callbacks see it.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <cstdint>
#include <exception>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "transport/head_reader.hpp"
#include "transport/http.hpp"
#include "transport/sockets.hpp"

namespace klinekeep::transport {

using Steady = std::chrono::steady_clock;

/// Time that the thread of the transfers has spent on other things than waiting for hosts, since it began.
using BusyTime = Steady::duration;

/// Feeds the answer to the sink, keeps the time budget, and knows why it stopped a transfer. Used by one thread.
class CurlTransfer {
 public:
  using Now = Steady::time_point (*)();

  /// `sockets` are those of all transfers of the thread, `busy` is its time, and `came` how many bytes have come of the
  /// host for all of them; this adds to both. All must outlive it.
  CurlTransfer(BodySink& sink, TimeBudget& budget, std::stop_token stop, Sockets& sockets, BusyTime& busy,
               std::int64_t& came, Now now = Steady::now)
      : sink_(sink),
        budget_(budget),
        stop_(std::move(stop)),
        sockets_(sockets),
        busy_(busy),
        came_(came),
        now_(now),
        last_(now()),
        busy_then_(busy),
        came_then_(came) {}

  /// Makes `easy` call back here. Undone by the next attach.
  void attach(CURL* easy);

  /// Takes the time that has gone by, but for what the thread was busy with, out of the budget: as much as was waited
  /// for, and a second. What goes beyond is no fault of the host: the process was stopped, or the machine slept. False
  /// when the budget is used up: stop then.
  [[nodiscard]] bool spend_time(Duration waited = Duration{0});
  [[nodiscard]] Duration left() const { return budget_.left(); }

  /// The sink had no room: what has come is offered to it again by `go_on`, even if it has none still where the
  /// transfer cannot wait.
  [[nodiscard]] bool is_paused() const { return paused_; }
  void go_on(CURL* easy, bool can_wait);

  /// The connection that it was to be sent on had bytes to read, which are no part of any answer: nothing was sent, and
  /// the connection is not used again.
  [[nodiscard]] bool met_stray_bytes() const { return stray_; }
  /// On which it was sent.
  [[nodiscard]] const std::optional<Sockets::Ends>& connection() const { return connection_; }
  /// When that was.
  [[nodiscard]] Steady::time_point sent() const { return sent_; }
  /// Nothing was sent on it since: whatever comes on it was not asked for.
  [[nodiscard]] bool is_last_on_its_connection() const { return connection_ && sockets_.uses(*connection_) == use_; }

  /// What `result`, with which libcurl has ended the transfer on `easy` and of which it says `message`, or our own
  /// reason to end it, comes to.
  [[nodiscard]] tl::expected<ResponseHead, TransportError> outcome(CURL* easy, CURLcode result,
                                                                   std::string_view message) const;

 private:
  [[nodiscard]] std::string time_is_up() const;

  // Each says whether to go on.
  [[nodiscard]] bool on_request(const Sockets::Ends& connection);
  [[nodiscard]] bool on_head_line(std::string_view line);
  [[nodiscard]] bool on_body(std::string_view bytes);
  void heard_something();
  void earn(std::size_t body_bytes);
  template <typename Work>
  [[nodiscard]] bool in_sink(Work work);

  static int request_callback(void* self, char*, char*, int primary_port, int local_port);
  static std::size_t head_callback(char* bytes, std::size_t size, std::size_t count, void* self);
  static std::size_t body_callback(char* bytes, std::size_t size, std::size_t count, void* self);
  static int debug_callback(CURL*, curl_infotype kind, char*, std::size_t size, void* self);

  BodySink& sink_;
  TimeBudget& budget_;
  std::stop_token stop_;
  Sockets& sockets_;
  BusyTime& busy_;
  std::int64_t& came_;
  HeadReader head_;
  Now now_;
  Steady::time_point last_;
  BusyTime busy_then_;      // at last_
  std::int64_t came_then_;  // when this one earned last
  int requests_ = 0;
  std::optional<Sockets::Ends> connection_;
  int use_ = 0;  // of it
  Steady::time_point sent_{};
  std::int64_t on_the_wire_ = 0;  // body bytes, with those beyond Content-Length
  bool out_of_time_ = false;
  bool paused_ = false;
  bool can_wait_ = true;
  bool stray_ = false;
  bool bad_head_ = false;
  bool refused_by_sink_ = false;
  std::exception_ptr thrown_;
};

}  // namespace klinekeep::transport
