// The two clients of a manager, and whom they ask.
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "klinekeep/data_source_manager.hpp"
#include "manager/exchange.hpp"
#include "sources/archive_client.hpp"
#include "sources/rest_client.hpp"

namespace klinekeep::manager {

/// Those that were handed over, and in the place of others those that are made when they are first needed: a warm
/// answer needs none. Thread-safe.
class Clients {
 public:
  /// Throws InvalidRequest as Exchange does.
  explicit Clients(const ManagerOptions& options);

  [[nodiscard]] const Exchange& exchange() const { return exchange_; }
  /// The manager's, else that of a client, else the machine's.
  [[nodiscard]] Clock clock() const;
  /// Of the REST client, where there is one by now.
  [[nodiscard]] std::optional<Timestamp> exchange_now() const;
  /// How many steps a request to `source` has under way at once.
  [[nodiscard]] int parallel(DataSource source) const;

  /// For one request about one series, at either source. It must not outlive the clients.
  [[nodiscard]] std::unique_ptr<sources::StepRunner> make_runner(const Series& series, bool include_open);
  /// For one request about one series, at the archive. Throws InvalidRequest where the upstream has none.
  [[nodiscard]] std::unique_ptr<sources::ArchiveRunner> make_archive_runner(const Series& series);

  /// Lets go of the clients that were made here. Requests under way keep what they use of them.
  void close_connections();

 private:
  class Runner;
  std::shared_ptr<const sources::RestClient> rest();
  std::shared_ptr<const sources::ArchiveClient> archive();

  const Exchange exchange_;
  const std::optional<Clock> clock_;  // the manager's: clients go by it in the place of their own
  const bool has_own_rest_;
  const bool has_own_archive_;
  mutable std::mutex mutex_;  // of what follows
  std::shared_ptr<const sources::RestClient> rest_;
  std::shared_ptr<const sources::ArchiveClient> archive_;
};

}  // namespace klinekeep::manager
