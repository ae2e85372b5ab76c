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

namespace klinekeep::transport {

/// Feeds the answer to the sink, keeps the time budget, and knows why it stopped a transfer. Used by one thread.
class CurlTransfer {
 public:
  using Steady = std::chrono::steady_clock;
  using Now = Steady::time_point (*)();

  CurlTransfer(BodySink& sink, TimeBudget& budget, std::stop_token stop, Now now = Steady::now)
      : sink_(sink), budget_(budget), stop_(std::move(stop)), now_(now), last_(now()) {}

  /// Makes `easy` call back here. Undone by the next attach.
  void attach(CURL* easy);

  /// Takes the time that has gone by, but for the sink's, out of the budget: as much as was waited for, and a second.
  /// What goes beyond is no fault of the host: the process was stopped, or the machine slept. False when the budget is
  /// used up: stop then.
  [[nodiscard]] bool spend_time(Duration waited = Duration{0});
  [[nodiscard]] Duration left() const { return budget_.left(); }

  /// What `result`, with which libcurl has ended the transfer on `easy` and of which it says `message`, or our own
  /// reason to end it, comes to. Rethrows what the sink has thrown.
  [[nodiscard]] tl::expected<ResponseHead, TransportError> outcome(CURL* easy, CURLcode result,
                                                                   std::string_view message) const;

 private:
  [[nodiscard]] std::string time_is_up() const;

  // Each says whether to go on.
  [[nodiscard]] bool on_request();
  [[nodiscard]] bool on_head_line(std::string_view line);
  [[nodiscard]] bool on_body(std::string_view bytes);
  template <typename Work>
  [[nodiscard]] bool in_sink(Work work);

  static int request_callback(void* self, char*, char*, int, int);
  static std::size_t head_callback(char* bytes, std::size_t size, std::size_t count, void* self);
  static std::size_t body_callback(char* bytes, std::size_t size, std::size_t count, void* self);
  static int debug_callback(CURL*, curl_infotype kind, char*, std::size_t size, void* self);

  BodySink& sink_;
  TimeBudget& budget_;
  std::stop_token stop_;
  HeadReader head_;
  Now now_;
  Steady::time_point last_;
  Steady::duration in_sink_{};  // since last_
  int requests_ = 0;
  std::int64_t on_the_wire_ = 0;  // body bytes, with those beyond Content-Length
  bool out_of_time_ = false;
  bool bad_head_ = false;
  bool refused_by_sink_ = false;
  std::exception_ptr thrown_;
};

}  // namespace klinekeep::transport
