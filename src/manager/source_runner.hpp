// Steps of a plan over both sources, each to the one it belongs to.
#pragma once

#include <optional>

#include "klinekeep/clock.hpp"
#include "klinekeep/data_source.hpp"
#include "klinekeep/enhanced_retriever.hpp"
#include "klinekeep/vision_data_client.hpp"
#include "sources/archive_runner.hpp"
#include "sources/rest_runner.hpp"

namespace klinekeep::manager {

/// For one fetch of one series, which may use either source or both. The clients must outlive it.
class SourceRunner final : public sources::StepRunner {
 public:
  /// `clock`: what "closed" is measured by; none: the clients' own (REST's for a request that may ask it).
  SourceRunner(const Series& series, DataSource source, bool include_open, const std::optional<Clock>& clock,
               const EnhancedRetriever& rest, const VisionDataClient& vision);

  [[nodiscard]] sources::StepResult run(const planner::Step& step, std::stop_token stop,
                                        sources::MemoryShare& memory) override;
  [[nodiscard]] Timestamp now() const override;
  [[nodiscard]] std::int64_t requests() const override { return rest_.requests() + archive_.requests(); }
  [[nodiscard]] std::int64_t bytes() const override { return rest_.bytes() + archive_.bytes(); }

  /// How many steps the clients allow side by side.
  [[nodiscard]] static int parallel(DataSource source, const EnhancedRetriever& rest, const VisionDataClient& vision);

 private:
  DataSource source_;
  RestOptions rest_options_;
  VisionOptions vision_options_;
  sources::RestRunner rest_;
  sources::ArchiveRunner archive_;
};

}  // namespace klinekeep::manager
