#include "manager/clients.hpp"

#include <algorithm>
#include <utility>

namespace klinekeep::manager {

/// Steps of a plan over both sources, each to the one that it belongs to; a source is made ready by its first step.
class Clients::Runner final : public sources::StepRunner {
 public:
  Runner(Clients& clients, Series series, bool include_open)
      : clients_(clients), series_(std::move(series)), include_open_(include_open) {}

  void start(std::shared_ptr<sources::StepRun> run) override {
    const planner::Action& action = run->step().action;
    const bool is_of_archive =
        std::holds_alternative<planner::ArchiveFile>(action) || std::holds_alternative<planner::List>(action);
    (is_of_archive ? archive() : rest()).start(std::move(run));
  }

  [[nodiscard]] std::int64_t requests() const override {
    const std::scoped_lock lock{mutex_};
    return (rest_ ? rest_->requests() : 0) + (archive_ ? archive_->requests() : 0);
  }

  [[nodiscard]] std::int64_t bytes() const override {
    const std::scoped_lock lock{mutex_};
    return (rest_ ? rest_->bytes() : 0) + (archive_ ? archive_->bytes() : 0);
  }

 private:
  StepRunner& rest() {
    const std::scoped_lock lock{mutex_};
    if (!rest_) rest_ = clients_.rest()->make_runner(series_, include_open_, clients_.clock_);
    return *rest_;
  }

  StepRunner& archive() {
    const std::scoped_lock lock{mutex_};
    if (!archive_) archive_ = clients_.make_archive_runner(series_);
    return *archive_;
  }

  Clients& clients_;
  const Series series_;
  const bool include_open_;
  mutable std::mutex mutex_;  // over the making of what follows
  std::unique_ptr<StepRunner> rest_;
  std::unique_ptr<StepRunner> archive_;
};

Clients::Clients(const ManagerOptions& options)
    : exchange_(options),
      clock_(options.clock),
      has_own_rest_(!options.rest_client),
      has_own_archive_(!options.vision_client),
      rest_(options.rest_client ? options.rest_client->client() : nullptr),
      archive_(options.vision_client ? options.vision_client->client() : nullptr) {}

Clock Clients::clock() const {
  if (clock_) return *clock_;
  if (exchange_.rest().clock) return *exchange_.rest().clock;
  return exchange_.vision().clock.value_or(system_now);
}

std::optional<Timestamp> Clients::exchange_now() const {
  const std::scoped_lock lock{mutex_};
  return rest_ ? rest_->exchange_now() : std::nullopt;
}

int Clients::parallel(DataSource source) const {
  switch (source) {
    case DataSource::REST:
      return exchange_.rest().parallel;
    case DataSource::VISION:
      return exchange_.vision().parallel;
    case DataSource::CACHE:
      return 1;
    case DataSource::AUTO:
      break;
  }
  return std::max(exchange_.rest().parallel, exchange_.vision().parallel);
}

std::unique_ptr<sources::StepRunner> Clients::make_runner(const Series& series, bool include_open) {
  return std::make_unique<Runner>(*this, series, include_open);
}

std::unique_ptr<sources::ArchiveRunner> Clients::make_archive_runner(const Series& series) {
  return archive()->make_runner(series, clock_);
}

void Clients::close_connections() {
  const std::scoped_lock lock{mutex_};
  if (has_own_rest_) rest_.reset();
  if (has_own_archive_) archive_.reset();
}

std::shared_ptr<const sources::RestClient> Clients::rest() {
  const std::scoped_lock lock{mutex_};
  if (!rest_) rest_ = std::make_shared<const sources::RestClient>(exchange_.rest());
  return rest_;
}

std::shared_ptr<const sources::ArchiveClient> Clients::archive() {
  const std::scoped_lock lock{mutex_};
  if (!archive_) archive_ = std::make_shared<const sources::ArchiveClient>(exchange_.vision());
  return archive_;
}

}  // namespace klinekeep::manager
