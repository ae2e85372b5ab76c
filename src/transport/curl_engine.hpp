// The transfers of one client: many of them, driven by one thread.
#pragma once

#include <curl/curl.h>
#include <sys/types.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "transport/curl_transfer.hpp"
#include "transport/curl_transport.hpp"
#include "transport/sockets.hpp"
#include "transport/traffic.hpp"

namespace klinekeep::transport {

struct CleanUpEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
using Easy = std::unique_ptr<CURL, CleanUpEasy>;

/// A transfer from its request to its outcome, over all attempts for want of descriptors.
struct CurlJob;

/// One multi handle, and with it the connections that wait for their next use. Its thread begins with the first
/// transfer, and ends when none is under way and nobody stays ready; where no thread can be had, whoever starts a
/// transfer drives all until none is left. Thread-safe.
class CurlEngine : public std::enable_shared_from_this<CurlEngine> {
 public:
  CurlEngine(CurlOptions options, tl::expected<CertificateFile, std::string> certificates);
  /// All transfers must have ended.
  ~CurlEngine();
  CurlEngine(const CurlEngine&) = delete;
  CurlEngine& operator=(const CurlEngine&) = delete;

  void start(std::unique_ptr<CurlJob> job);
  /// As Sleeper does.
  void sleep(Duration time, std::stop_token stop, std::function<void(bool)> woken);
  /// As HttpTransport does.
  [[nodiscard]] std::shared_ptr<void> stay_ready();

  /// Ends the connections that no transfer is using, soon where others are under way.
  void drop_idle();
  [[nodiscard]] std::size_t connections() const { return connections_; }
  [[nodiscard]] bool is_of_this_process() const;

 private:
  struct Sleep;
  struct CleanUpMulti {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
  };

  template <class Thing>
  void hand_over(std::list<std::unique_ptr<Thing>>& to, std::unique_ptr<Thing> thing);
  void wake();
  void wake_locked();
  void no_more_ready();

  // On the thread that drives.
  void run_thread();
  void drive(bool is_thread);
  [[nodiscard]] bool is_over(bool is_thread);
  void take_what_came();
  void begin_those_with_room();
  void begin(std::unique_ptr<CurlJob> job);
  [[nodiscard]] std::optional<Outcome> send(CurlJob& job);
  [[nodiscard]] bool has_multi();
  void drop_multi();
  void perform(bool is_thread);
  void end_those_that_are_over();
  void end(std::list<std::unique_ptr<CurlJob>>::iterator place, CURLcode result);
  void conclude(std::unique_ptr<CurlJob> job, Outcome outcome);
  void finish(std::unique_ptr<CurlJob> job, Outcome outcome);
  [[nodiscard]] static bool is_tried_again(CurlJob& job, const Outcome& outcome);
  [[nodiscard]] bool is_on_dead_connection(const CurlJob& job);
  [[nodiscard]] Outcome outcome_of(CurlJob& job, CURLcode result);
  [[nodiscard]] TransportError no_certificates() const;
  void wake_sleepers();
  void wait();
  [[nodiscard]] std::chrono::milliseconds longest_wait() const;
  [[nodiscard]] Easy make_easy();
  void configure(CurlJob& job);

  static curl_socket_t open_socket(void* job, curlsocktype purpose, curl_sockaddr* address);
  static int close_socket(void* self, curl_socket_t socket);

  const CurlOptions options_;
  const tl::expected<CertificateFile, std::string> certificates_;
  const pid_t process_;

  // Of the thread that drives; of nobody while none does.
  Sockets sockets_;
  std::unique_ptr<CURLM, CleanUpMulti> multi_;  // replaced under mutex_, for those who wake
  std::vector<Easy> easies_;                    // that no transfer is using
  std::list<std::unique_ptr<CurlJob>> waiting_;
  std::list<std::unique_ptr<CurlJob>> under_way_;
  std::list<std::unique_ptr<Sleep>> sleeping_;
  std::map<std::string, bool> speaks_http_1_;  // endpoints that have answered over TLS
  BusyTime busy_{};
  std::map<std::string, std::int64_t> heard_of_;  // bytes of bodies, by endpoint
  Duration waited_{};
  Traffic::Party party_;
  std::atomic<std::size_t> connections_ = 0;

  std::mutex mutex_;  // of what follows
  std::condition_variable came_;
  std::list<std::unique_ptr<CurlJob>> new_jobs_;
  std::list<std::unique_ptr<Sleep>> new_sleeps_;
  bool is_woken_ = false;
  bool is_driven_ = false;
  std::thread::id driver_;
  bool drops_idle_ = false;
  int ready_ = 0;  // who stays ready
  std::thread thread_;
};

struct CurlJob {
  using WakeOnStop = std::stop_callback<std::function<void()>>;

  CurlJob(HttpRequest asked, std::string host, BodySink& to, TimeBudget& patience, std::stop_token stopped,
          std::function<void(Outcome)> when_done)
      : request(std::move(asked)),
        endpoint(std::move(host)),
        sink(to),
        budget(patience),
        stop(std::move(stopped)),
        done(std::move(when_done)) {}

  HttpRequest request;
  std::string endpoint;
  BodySink& sink;
  TimeBudget& budget;
  std::stop_token stop;
  std::function<void(Outcome)> done;
  std::optional<WakeOnStop> wake_on_stop = {};

  Traffic::Wish wish = Traffic::Wish::among_others;
  int shortages = 0;
  bool gives_way = false;
  int strays = 0;  // connections that had bytes to read before the request was sent

  // While it is under way.
  CurlEngine* engine = nullptr;
  Easy easy = {};
  std::optional<CurlTransfer> transfer = {};
  std::array<char, CURL_ERROR_SIZE> message = {};  // libcurl's, of why it failed
  int refused_socket = 0;                          // errno of a socket that it could not have
};

}  // namespace klinekeep::transport
