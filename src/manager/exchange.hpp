// Which upstream a request is about, so that what one exchange says never answers for another. Pure.
#pragma once

#include <optional>

#include "klinekeep/data_source_manager.hpp"
#include "sources/client_hosts.hpp"

namespace klinekeep::manager {

/// Whom a manager asks: by the clients that were handed over, else by the options of those that it makes.
class Exchange {
 public:
  /// Throws InvalidRequest where the manager or a client is named otherwise than another one, or than its hosts.
  explicit Exchange(const ManagerOptions& options);

  /// Whose candles a request to `source` is about. Throws InvalidRequest where AUTO or CACHE would join two exchanges.
  [[nodiscard]] Upstream upstream(DataSource source) const;

  /// Whom a request to `source` asks: of an exchange without an archive, AUTO is REST. Throws InvalidRequest where
  /// there is nobody.
  [[nodiscard]] DataSource asked_of(DataSource source) const;

  /// Of the clients as they are asked: with the name of their upstream.
  [[nodiscard]] const RestOptions& rest() const { return rest_; }
  [[nodiscard]] const VisionOptions& vision() const { return vision_; }

 private:
  void name_clients(const ManagerOptions& options);

  MarketType market_;
  RestOptions rest_;
  VisionOptions vision_;
  // What follows from them: each request wants to know it, and the options do not change.
  sources::ClientUpstream rest_is_{};
  sources::ClientUpstream vision_is_{};
  bool has_rest_ = false;
  bool has_archive_ = false;
};

}  // namespace klinekeep::manager
