// What a client knows of the hosts that it asks, for every request of it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <tl/expected.hpp>

#include "klinekeep/clock.hpp"
#include "transport/answer.hpp"

namespace klinekeep::transport {

/// How long a host is left alone after a call that it did not answer in time, after one that it refused (403, 451), and
/// after one that waited as told and was limited again (429, 418): what the others would ask lengthens a ban.
inline constexpr Duration kLeftAloneWhenDown = std::chrono::seconds{60};
inline constexpr Duration kLeftAloneWhenRefused = std::chrono::minutes{5};
inline constexpr std::chrono::seconds kLeftAloneWhenLimited{120};

/// Calls of which each was given up as all its answers broke off, after which a host is left alone: one file may be
/// at fault.
inline constexpr int kMostBrokenOff = 4;

/// A host that did not answer, refused, or still limits us after all waits, is left alone for a while; then one call
/// alone finds out whether that is over. The first call to a REST host goes alone, too: what it learns need not be
/// learnt by all. Listings are known apart, as who refuses to list may serve files; but who is down does not list
/// either. By the machine's clock; one that is set back ends it. Thread-safe.
class KnownHosts {
 private:
  struct Host;

 public:
  explicit KnownHosts(Clock clock = system_now);
  ~KnownHosts();
  KnownHosts(const KnownHosts&) = delete;
  KnownHosts& operator=(const KnownHosts&) = delete;

  /// A call's stay with a host: lets the others go on when it ends, however it ends.
  class Visit {
   public:
    Visit(KnownHosts& hosts, Host& host, bool is_alone) : hosts_(&hosts), host_(host), is_alone_(is_alone) {}
    Visit(Visit&& other) noexcept;
    Visit& operator=(Visit&&) = delete;
    ~Visit();

    /// Why it is not to send anything more: another call has found that the host limits us, however long one waits.
    [[nodiscard]] std::optional<Failure> must_leave() const;
    /// What there is to know after it. A stay that ends without tells nothing.
    void ended(const Answer& answer);

   private:
    KnownHosts* hosts_;  // none: it was moved away
    Host& host_;
    bool is_alone_;
  };

  using Entered = std::function<void(tl::expected<Visit, Failure>)>;
  /// Calls `entered`, once no other call is finding out. `endpoint`: what endpoint_of gives; `is_rest`: its first call
  /// goes alone. The failure is `left_alone`, or `cancelled`, and has no URL.
  void enter(const std::string& endpoint, bool lists, bool is_rest, const std::stop_token& stop, Entered entered);

 private:
  [[nodiscard]] bool is_left_alone(const Host& host) const;
  [[nodiscard]] static Failure why_left_alone(const Host& host);
  [[nodiscard]] bool is_one_too_many(Host& host) const;
  [[nodiscard]] Host& known(const std::string& name);

  Clock clock_;
  std::mutex mutex_;  // of what follows
  std::map<std::string, std::unique_ptr<Host>> hosts_;
};

}  // namespace klinekeep::transport
