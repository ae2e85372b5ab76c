// How many requests a client has under way to each host, and whose turn is next.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "transport/host_window.hpp"
#include "transport/waiters.hpp"

namespace klinekeep::transport {

/// A host has no more under way than its window allows; who comes then waits. Each run has its own line, and they take
/// turns, so that one with a thousand files does not hold up one with a page. Thread-safe.
class Lanes {
 private:
  struct Lane;

 public:
  Lanes();
  ~Lanes();
  Lanes(const Lanes&) = delete;
  Lanes& operator=(const Lanes&) = delete;

  /// A request's place among those under way, until it ends: then the next one is called.
  class Place {
   public:
    Place(Lanes& lanes, Lane& lane, int era) : lanes_(&lanes), lane_(lane), era_(era) {}
    Place(Place&& other) noexcept;
    Place& operator=(Place&&) = delete;
    ~Place();

    void answered(Duration until_head);
    void troubled();

   private:
    Lanes* lanes_;  // none: it was moved away
    Lane& lane_;
    int era_;
  };

  using Entered = std::function<void(std::optional<Place>)>;
  /// Calls `entered` with a place once there is one, or with none after a stop. `first`: how many may be under way
  /// before anything is known of the host.
  void enter(const std::string& host, const void* run, int first, const std::stop_token& stop, const Entered& entered);

 private:
  void leave(Lane& lane);

  std::mutex mutex_;  // of what follows
  std::map<std::string, std::unique_ptr<Lane>> lanes_;
};

}  // namespace klinekeep::transport
