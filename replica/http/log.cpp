#include "http/log.hpp"

namespace replica {

void RequestLog::add(const Request& request, const Reply& reply, std::span<const Fault> faults, Instant now) {
  auto query = nlohmann::ordered_json::object();
  for (const auto& [name, value] : request.query) query[name] = value;
  nlohmann::ordered_json fault = nullptr;
  for (const auto& fired : faults) fault = fault.is_null() ? fired.kind : fault.get<std::string>() + "," + fired.kind;
  const std::scoped_lock lock{mutex_};
  entries_.push_back({{"n", ++count_},
                      {"method", request.method},
                      {"target", request.target},
                      {"path", request.path},
                      {"query", query},
                      {"status", reply.wire.hang ? 0 : reply.status},
                      {"bytes", reply.bytes_to_send(request.method == "HEAD")},
                      {"at", to_iso(now)},
                      {"connection", request.connection},
                      {"fault", fault}});
}

void RequestLog::clear() {
  const std::scoped_lock lock{mutex_};
  entries_.clear();
  count_ = 0;
}

nlohmann::ordered_json RequestLog::list() const {
  const std::scoped_lock lock{mutex_};
  return entries_;
}

}  // namespace replica
