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

  /// Of the clients as they are asked: with the name of their upstream.
  [[nodiscard]] const RestOptions& rest() const { return rest_; }
  [[nodiscard]] const VisionOptions& vision() const { return vision_; }

 private:
  RestOptions rest_;
  VisionOptions vision_;
};

}  // namespace klinekeep::manager
