#pragma once

#include <mutex>
#include <nlohmann/json.hpp>

#include "http/message.hpp"

namespace replica {

/// Every request in the order of arrival, as it is answered: an entry is complete before its answer's first byte goes
/// out.
class RequestLog {
 public:
  void add(const Request& request, const Reply& reply, std::span<const Fault> faults, Instant now);
  void clear();
  nlohmann::ordered_json list() const;

 private:
  mutable std::mutex mutex_;
  std::uint64_t count_ = 0;
  nlohmann::ordered_json entries_ = nlohmann::ordered_json::array();
};

}  // namespace replica
