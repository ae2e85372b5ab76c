// Steps of a plan over both sources, each to the one it belongs to.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "klinekeep/clock.hpp"
#include "klinekeep/data_source.hpp"
#include "klinekeep/enhanced_retriever.hpp"
#include "klinekeep/vision_data_client.hpp"
#include "sources/archive_runner.hpp"
#include "sources/rest_runner.hpp"

namespace klinekeep::manager {

/// How to come by the clients: they are made for the first step that needs them.
struct Clients {
  std::function<std::shared_ptr<const EnhancedRetriever>()> rest;
  std::function<std::shared_ptr<const VisionDataClient>()> vision;
};

/// For one fetch of one series, which may use either source or both.
class SourceRunner final : public sources::StepRunner {
 public:
  /// `clock`, where there is one, is what the clients are to go by instead of their own.
  SourceRunner(Series series, bool include_open, std::optional<Clock> clock, Clients clients);
  ~SourceRunner() override;

  void start(std::shared_ptr<sources::StepRun> run) override;
  [[nodiscard]] std::int64_t requests() const override;
  [[nodiscard]] std::int64_t bytes() const override;

  /// How many steps the clients' options allow side by side.
  [[nodiscard]] static int parallel(DataSource source, const RestOptions& rest, const VisionOptions& vision);

 private:
  struct Rest;
  struct Archive;
  sources::RestRunner& rest();
  sources::ArchiveRunner& archive();

  Series series_;
  bool include_open_;
  std::optional<Clock> clock_;
  Clients clients_;
  mutable std::mutex mutex_;  // over the making of what follows
  std::unique_ptr<Rest> rest_;
  std::unique_ptr<Archive> archive_;
};

}  // namespace klinekeep::manager
