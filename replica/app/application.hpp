#pragma once

#include "app/options.hpp"
#include "archive/listing.hpp"
#include "core/clock.hpp"
#include "http/link.hpp"
#include "http/log.hpp"
#include "rest/rest_api.hpp"

namespace replica {

/// All parts of the replica put together: a request in, a reply out. Thread-safe.
class Application {
 public:
  explicit Application(const Options& options);

  /// A mistake of the replica's own is a 500 that says so.
  Reply answer(const Request& request);

 private:
  Reply answer_any(const Request& request);
  Reply answer_upstream(const Request& request, std::span<const Fault> faults, Instant now);
  Reply answer_admin(const Request& request);
  Reply answer_rows(const Request& request) const;
  Reply rebuild(const nlohmann::json& asked) const;
  Reply set_clock(const nlohmann::json& asked);
  Reply set_link(const nlohmann::json& asked);
  Reply set_budget(const nlohmann::json& asked);
  Reply add_faults(const nlohmann::json& asked);
  nlohmann::json info();
  nlohmann::json link() const;

  const Options options_;
  const Fixtures fixtures_;
  const Catalogue catalogue_;
  const Truth truth_;
  const Schedule schedule_;
  const ZipFactory factory_;
  Clock clock_;
  Link link_;
  FaultRules rules_;
  RequestLog log_;
  Archive archive_;
  Listing listing_;
  RestApi rest_;
};

}  // namespace replica
