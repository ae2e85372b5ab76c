#include "transport/curl_engine.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <new>
#include <system_error>
#include <utility>

#include "core/idle.hpp"
#include "core/shortage.hpp"
#include "transport/curl_error.hpp"
#include "transport/descriptors.hpp"
#include "transport/idle_engines.hpp"
#include "transport/sigpipe_guard.hpp"

#if LIBCURL_VERSION_NUM < 0x075700
#error "libcurl 7.87 or later is needed"
#endif

namespace klinekeep::transport {
namespace {

using std::chrono::milliseconds;

constexpr long kBufferSize = 128 * 1024;
// So short that time in which nothing ran is seen: the process was stopped, or the machine slept.
constexpr Duration kLongestPoll = std::chrono::seconds{1};
constexpr Duration kPauseForRoom = milliseconds{5};  // until a sink without room is asked again
constexpr Duration kNothingToDo = std::chrono::hours{1};
constexpr Duration kLongestSleep = std::chrono::hours{24 * 365};  // what a steady clock can add
constexpr int kMostShortages = 2;                                 // among others, and then alone
constexpr int kMostStrays = 100;
// One connection may carry all transfers to a host: where nothing comes on it for a third of a transfer's time, it is
// taken for dead, so that they have time to be sent on another one.
constexpr int kSilences = 3;
constexpr Duration kShortestSilence = std::chrono::seconds{2};

/// Not before it is needed: it loads OpenSSL's configuration and algorithms, which takes 1 ms.
bool is_initialised() {
  static const CURLcode result = curl_global_init(CURL_GLOBAL_DEFAULT);
  return result == CURLE_OK;
}

void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

bool is_plain(const CurlJob& job) { return !job.endpoint.starts_with("https"); }

/// What `work` comes to, also where it throws: nothing may end the thread of the transfers.
template <class Result, class Work>
Result caught(const Work& work) {
  try {
    return work();
  } catch (...) {
    return Outcome{tl::make_unexpected(TransportError{TransportError::Kind::thrown, {}, std::current_exception()})};
  }
}

Outcome unsent(TransportError::Kind kind, std::string detail) {
  return tl::make_unexpected(TransportError{kind, std::move(detail)});
}

}  // namespace

struct CurlEngine::Sleep {
  Sleep(Steady::time_point end, std::stop_token end_early, std::function<void(bool)> when_over)
      : until(end), stop(std::move(end_early)), woken(std::move(when_over)) {}

  Steady::time_point until;
  std::stop_token stop;
  std::function<void(bool)> woken;
  std::optional<CurlJob::WakeOnStop> wake_on_stop = {};
};

CurlEngine::CurlEngine(CurlOptions options, tl::expected<CertificateFile, std::string> certificates)
    : options_(std::move(options)), certificates_(std::move(certificates)), process_(::getpid()) {
  constexpr std::size_t kMostEasies = 64;
  easies_.reserve(kMostEasies);
  IdleEngines::of_process().add(*this);
}

CurlEngine::~CurlEngine() {
  IdleEngines::of_process().remove(*this);
  if (thread_.joinable()) thread_.join();
  Traffic::of_process().give_up(party_);
  const SigpipeGuard guard;
  multi_.reset();
}

bool CurlEngine::is_of_this_process() const { return process_ == ::getpid(); }

void CurlEngine::start(std::unique_ptr<CurlJob> job) {
  job->engine = this;
  job->wake_on_stop.emplace(job->stop, [this] { wake(); });
  hand_over(new_jobs_, std::move(job));
}

void CurlEngine::sleep(Duration time, std::stop_token stop, std::function<void(bool)> woken) {
  const auto until = Steady::now() + std::clamp(time, Duration{0}, kLongestSleep);
  auto asleep = std::make_unique<Sleep>(until, stop, std::move(woken));
  asleep->wake_on_stop.emplace(std::move(stop), [this] { wake(); });
  hand_over(new_sleeps_, std::move(asleep));
}

template <class Thing>
void CurlEngine::hand_over(std::list<std::unique_ptr<Thing>>& to, std::unique_ptr<Thing> thing) {
  std::list<std::unique_ptr<Thing>> one;
  one.push_back(std::move(thing));
  {
    const std::scoped_lock lock{mutex_};
    to.splice(to.end(), one);
    if (is_driven_) return wake_locked();
    is_driven_ = true;
    if (thread_.joinable()) thread_.join();  // it has ended, but for its last instructions
    try {
      thread_ = std::thread{[this] { run_thread(); }};
      return;
    } catch (const std::system_error& error) {
      if (error.code() != std::errc::resource_unavailable_try_again) throw;
    } catch (const std::bad_alloc&) {  // no thread either
    }
  }
  const SigpipeGuard guard;
  drive(/*is_thread=*/false);
}

std::shared_ptr<void> CurlEngine::stay_ready() {
  {
    const std::scoped_lock lock{mutex_};
    ++ready_;
  }
  return {this, [self = shared_from_this()](void*) { self->no_more_ready(); }};
}

void CurlEngine::no_more_ready() {
  if (!is_of_this_process()) return;
  const std::scoped_lock lock{mutex_};
  if (--ready_ == 0) wake_locked();
}

void CurlEngine::wake() {
  const std::scoped_lock lock{mutex_};
  wake_locked();
}

void CurlEngine::wake_locked() {
  if (is_woken_) return;
  is_woken_ = true;
  if (driver_ == std::this_thread::get_id()) return;
  if (multi_) curl_multi_wakeup(multi_.get());
  came_.notify_all();
}

void CurlEngine::drop_idle() {
  const SigpipeGuard guard;
  const std::scoped_lock lock{mutex_};
  if (is_driven_) {
    drops_idle_ = true;
    return wake_locked();
  }
  multi_.reset();
  connections_ = 0;
}

void CurlEngine::run_thread() {
  block_signals();
  drive(/*is_thread=*/true);
}

void CurlEngine::drive(bool is_thread) {
  {
    const std::scoped_lock lock{mutex_};
    driver_ = std::this_thread::get_id();
  }
  if (!party_.wake) {
    party_.wake = [engine = weak_from_this()] {
      if (const auto self = engine.lock()) self->wake();
    };
  }
  while (true) {
    take_what_came();
    begin_those_with_room();
    perform(is_thread);
    end_those_that_are_over();
    wake_sleepers();
    if (is_over(is_thread)) return;
    wait();
  }
}

bool CurlEngine::is_over(bool is_thread) {
  const auto has_more = [&] {
    const bool is_idle = waiting_.empty() && under_way_.empty() && sleeping_.empty() && new_jobs_.empty() &&
                         new_sleeps_.empty() && !drops_idle_;
    return !is_idle || (is_thread && ready_ > 0);
  };
  {
    const std::scoped_lock lock{mutex_};
    if (has_more()) return false;
  }
  IdleEngines::of_process().is_idle(*this);  // which may tell us to drop what is idle
  const std::scoped_lock lock{mutex_};
  if (has_more()) return false;
  is_driven_ = false;
  driver_ = {};
  return true;
}

void CurlEngine::take_what_came() {
  bool drops_idle = false;
  {
    const std::scoped_lock lock{mutex_};
    is_woken_ = false;
    waiting_.splice(waiting_.end(), new_jobs_);
    sleeping_.splice(sleeping_.end(), new_sleeps_);
    drops_idle = std::exchange(drops_idle_, false);
  }
  if (drops_idle && under_way_.empty()) drop_multi();
}

void CurlEngine::begin_those_with_room() {
  std::list<std::unique_ptr<CurlJob>> jobs;
  jobs.swap(waiting_);
  bool has_room = true;
  while (!jobs.empty()) {
    const bool is_stopped = jobs.front()->stop.stop_requested();
    const bool wants_others_away = jobs.front()->wish == Traffic::Wish::alone;
    // What makes way for one that is to be alone stands before it, and is refused until that one has had its turn.
    const bool may_ask = has_room || wants_others_away;
    const bool may_begin = is_stopped || (may_ask && Traffic::of_process().enter(jobs.front()->wish, party_));
    if (!may_begin) {
      has_room = false;
      waiting_.splice(waiting_.end(), jobs, jobs.begin());
      continue;
    }
    auto job = std::move(jobs.front());
    jobs.pop_front();
    if (!is_stopped) {
      begin(std::move(job));
      continue;
    }
    if (wants_others_away) Traffic::of_process().give_up(party_);
    finish(std::move(job), unsent(TransportError::Kind::cancelled, "cancelled"));
  }
}

void CurlEngine::begin(std::unique_ptr<CurlJob> job) {
  std::list<std::unique_ptr<CurlJob>> place;
  auto ended = caught<std::optional<Outcome>>([&] {
    place.emplace_back();
    return send(*job);
  });
  if (ended) return conclude(std::move(job), *std::move(ended));
  place.front() = std::move(job);
  under_way_.splice(under_way_.end(), place);
}

/// None where it is under way from now on.
std::optional<Outcome> CurlEngine::send(CurlJob& job) {
  if (!is_plain(job) && !certificates_) return tl::make_unexpected(no_certificates());
  if (job.wish == Traffic::Wish::alone) drop_multi();
  if (!has_multi()) return tl::make_unexpected(shortage(shortage_now().value_or(EMFILE)));
  job.transfer.emplace(job.sink, job.budget, job.stop, sockets_, busy_, heard_of_[job.endpoint]);
  if (!job.transfer->spend_time()) return job.transfer->outcome(nullptr, CURLE_OPERATION_TIMEDOUT, {});
  configure(job);
  if (job.easy && curl_multi_add_handle(multi_.get(), job.easy.get()) == CURLM_OK) return std::nullopt;
  return tl::make_unexpected(shortage(ENOMEM));
}

bool CurlEngine::has_multi() {
  if (multi_) return true;
  if (!is_initialised()) return false;
  std::unique_ptr<CURLM, CleanUpMulti> multi{curl_multi_init()};
  if (!multi || curl_multi_wakeup(multi.get()) != CURLM_OK) return false;
  curl_multi_setopt(multi.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(most_idle_connections()));
  const std::scoped_lock lock{mutex_};
  multi_ = std::move(multi);
  return true;
}

void CurlEngine::drop_multi() {
  std::unique_ptr<CURLM, CleanUpMulti> multi;
  {
    const std::scoped_lock lock{mutex_};
    multi = std::move(multi_);
  }
  multi.reset();
  connections_ = sockets_.count();
}

void CurlEngine::perform(bool is_thread) {
  if (!multi_) return;
  for (const auto& job : under_way_) {
    // Who drives for want of a thread may be the one who is to make the room.
    if (job->transfer->is_paused()) job->transfer->go_on(job->easy.get(), /*can_wait=*/is_thread);
  }
  int running = 0;
  curl_multi_perform(multi_.get(), &running);
  connections_ = sockets_.count();
}

void CurlEngine::end_those_that_are_over() {
  for (const auto& job : under_way_) static_cast<void>(job->transfer->spend_time(waited_));
  waited_ = {};
  int queued = 0;
  while (multi_) {
    const CURLMsg* const message = curl_multi_info_read(multi_.get(), &queued);
    if (message == nullptr) break;
    const auto place =
        std::ranges::find(under_way_, message->easy_handle, [](const auto& job) { return job->easy.get(); });
    if (place != under_way_.end()) end(place, message->data.result);
  }
  for (auto place = under_way_.begin(); place != under_way_.end();) {
    const auto job = place++;
    if ((*job)->stop.stop_requested()) {
      end(job, CURLE_ABORTED_BY_CALLBACK);
    } else if ((*job)->budget.used_up()) {
      end(job, CURLE_OPERATION_TIMEDOUT);
    } else if (is_on_dead_connection(**job)) {
      sockets_.end(*(*job)->transfer->connection());
      end(job, CURLE_RECV_ERROR);
    } else if ((*job)->transfer->is_paused() && (*job)->wish == Traffic::Wish::alone) {
      // It has the descriptors that it wanted to be alone for, and what it waits for now may wait for others.
      (*job)->wish = Traffic::Wish::among_others;
      Traffic::of_process().give_up(party_);
    } else if ((*job)->transfer->is_paused() && Traffic::of_process().is_closed()) {
      // What it waits for may wait for the one that wants to be alone.
      (*job)->gives_way = true;
      end(job, CURLE_ABORTED_BY_CALLBACK);
    }
  }
}

/// Only of one that may be shared: one that is not is as silent as its transfer is.
bool CurlEngine::is_on_dead_connection(const CurlJob& job) {
  const auto& connection = job.transfer->connection();
  if (!connection || is_plain(job) || job.transfer->is_paused() || speaks_http_1_[job.endpoint]) return false;
  const Duration longest = std::max(job.budget.total() / kSilences, kShortestSilence);
  const auto now = Steady::now();
  const auto heard = sockets_.last_heard(*connection);
  return now - job.transfer->sent() > longest && (!heard || now - *heard > longest);
}

void CurlEngine::end(std::list<std::unique_ptr<CurlJob>>::iterator place, CURLcode result) {
  auto job = std::move(*place);
  under_way_.erase(place);
  auto outcome = caught<Outcome>([&] { return outcome_of(*job, result); });
  curl_multi_remove_handle(multi_.get(), job->easy.get());
  curl_easy_setopt(job->easy.get(), CURLOPT_ERRORBUFFER, nullptr);
  if (easies_.size() < easies_.capacity()) easies_.push_back(std::move(job->easy));
  job->easy.reset();
  conclude(std::move(job), std::move(outcome));
}

/// Of a transfer that had its place in the traffic.
void CurlEngine::conclude(std::unique_ptr<CurlJob> job, Outcome outcome) {
  Traffic::of_process().leave(job->wish);
  if (!is_tried_again(*job, outcome)) return finish(std::move(job), std::move(outcome));
  try {
    waiting_.push_front(std::move(job));
    wake();
  } catch (const std::bad_alloc&) {
    finish(std::move(job), std::move(outcome));
  }
}

/// Where something has run out: with what others give back, and then with nobody beside it.
bool CurlEngine::is_tried_again(CurlJob& job, const Outcome& outcome) {
  if (outcome) return false;
  if (std::exchange(job.gives_way, false)) return true;
  if (job.transfer && job.transfer->met_stray_bytes()) return ++job.strays < kMostStrays;
  if (outcome.error().kind != TransportError::Kind::ran_out || job.shortages == kMostShortages) return false;
  give_back_idle();
  if (++job.shortages == kMostShortages) job.wish = Traffic::Wish::alone;
  return true;
}

void CurlEngine::finish(std::unique_ptr<CurlJob> job, Outcome outcome) {
  job->wake_on_stop.reset();
  const auto began = Steady::now();
  job->done(std::move(outcome));
  busy_ += Steady::now() - began;
}

Outcome CurlEngine::outcome_of(CurlJob& job, CURLcode result) {
  CURL* const easy = job.easy.get();
  Outcome outcome = job.transfer->outcome(easy, result, job.message.data());
  const auto& connection = job.transfer->connection();
  if (outcome && job.transfer->is_last_on_its_connection() && sockets_.has_stray_bytes(*connection)) {
    sockets_.end(*connection);
    return unsent(TransportError::Kind::broken, "the body is longer than announced");
  }
  if (outcome) {
    long version = 0;
    curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
    if (!is_plain(job)) speaks_http_1_[job.endpoint] = version < CURL_HTTP_VERSION_2_0;
    return outcome;
  }
  const auto ran_out = shortage_behind(easy, result, outcome.error(), job.refused_socket);
  if (ran_out) return tl::make_unexpected(shortage(*ran_out));
  const bool is_unreadable = result == CURLE_SSL_CACERT_BADFILE && outcome.error().kind == TransportError::Kind::tls;
  if (is_unreadable) return tl::make_unexpected(no_certificates());
  if (result == CURLE_PEER_FAILED_VERIFICATION && certificates_) outcome.error().detail += trusted_are(*certificates_);
  return outcome;
}

TransportError CurlEngine::no_certificates() const {
  return {TransportError::Kind::no_way, certificates_ ? unusable(*certificates_) : certificates_.error()};
}

void CurlEngine::wake_sleepers() {
  const auto now = Steady::now();
  std::list<std::unique_ptr<Sleep>> awake;
  for (auto place = sleeping_.begin(); place != sleeping_.end();) {
    const auto sleep = place++;
    if ((*sleep)->until <= now || (*sleep)->stop.stop_requested()) awake.splice(awake.end(), sleeping_, sleep);
  }
  for (const auto& sleep : awake) {
    sleep->wake_on_stop.reset();
    sleep->woken(!sleep->stop.stop_requested());
  }
}

void CurlEngine::wait() {
  const milliseconds longest = longest_wait();
  {
    std::unique_lock lock{mutex_};
    if (is_woken_) return;
    if (!multi_) {
      came_.wait_for(lock, longest, [this] { return is_woken_; });
      return;
    }
  }
  curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(longest.count()), nullptr);
  waited_ = longest;
}

milliseconds CurlEngine::longest_wait() const {
  Duration longest = under_way_.empty() && waiting_.empty() ? kNothingToDo : kLongestPoll;
  for (const auto& job : under_way_) {
    longest = std::min(longest, job->transfer->is_paused() ? kPauseForRoom : job->transfer->left());
  }
  for (const auto& sleep : sleeping_) {
    longest = std::min(longest, std::chrono::ceil<Duration>(sleep->until - Steady::now()));
  }
  return std::chrono::ceil<milliseconds>(std::max(longest, Duration{0}));
}

Easy CurlEngine::make_easy() {
  Easy made{curl_easy_init()};
  CURL* const easy = made.get();
  if (easy == nullptr) return made;
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);  // a name that is being resolved holds up no stop
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, kBufferSize);
  const long connect_timeout_ms = options_.connect_timeout.count();
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, connect_timeout_ms);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, options_.user_agent.c_str());
  if (options_.proxy) curl_easy_setopt(easy, CURLOPT_PROXY, options_.proxy->c_str());
  if (certificates_) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, certificates_->path.c_str());
    curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO, certificates_->path.c_str());
  }
  // libcurl would trust the folder that it was built with beside the file.
  curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  curl_easy_setopt(easy, CURLOPT_PROXY_CAPATH, nullptr);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, this);
  return made;
}

void CurlEngine::configure(CurlJob& job) {
  if (easies_.empty()) {
    job.easy = make_easy();
    if (!job.easy) return;
  } else {
    job.easy = std::move(easies_.back());
    easies_.pop_back();
  }
  CURL* const easy = job.easy.get();
  job.refused_socket = 0;
  job.message.front() = '\0';
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, job.message.data());
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &job);
  curl_easy_setopt(easy, CURLOPT_URL, job.request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, job.request.compressed ? "gzip" : nullptr);
  // Over TLS the first request finds out whether one connection serves all.
  const bool waits_for_first = !is_plain(job) && !speaks_http_1_[job.endpoint];
  curl_easy_setopt(easy, CURLOPT_PIPEWAIT, waits_for_first ? 1L : 0L);
  job.transfer->attach(easy);
}

curl_socket_t CurlEngine::open_socket(void* job, curlsocktype, curl_sockaddr* address) {
  CurlJob& asking = *static_cast<CurlJob*>(job);
  Sockets& sockets = asking.engine->sockets_;
  const int socket = sockets.open(address->family, address->socktype, address->protocol, is_plain(asking));
  if (socket < 0 && is_shortage(errno)) asking.refused_socket = errno;
  return socket;
}

int CurlEngine::close_socket(void* self, curl_socket_t socket) {
  return static_cast<CurlEngine*>(self)->sockets_.close(socket);
}

}  // namespace klinekeep::transport
