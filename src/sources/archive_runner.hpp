// One step at the archive: a file with its proof, or a listing.
#pragma once

#include <tl/expected.hpp>

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/series.hpp"
#include "klinekeep/client_options.hpp"
#include "sources/step_runner.hpp"
#include "transport/host_client.hpp"

namespace klinekeep::sources {

class ArchiveRunner final : public StepRunner {
 public:
  /// For one request about one series. Throws InvalidRequest where the upstream has no archive.
  ArchiveRunner(Series series, const VisionOptions& options, const transport::Services& services);

  void start(std::shared_ptr<StepRun> run) override;
  /// Waits for the zips after the one of period `after` (none: from the first) until past `until`, page by page; or why
  /// not, as a Failed answer. Throws Cancelled.
  [[nodiscard]] tl::expected<planner::Listed, StepResult> list_zips(planner::Granularity granularity,
                                                                    const std::optional<Timestamp>& after,
                                                                    Timestamp until, const std::stop_token& stop);
  [[nodiscard]] std::int64_t requests() const override { return client_.counters().requests; }
  [[nodiscard]] std::int64_t bytes() const override { return client_.counters().bytes; }

 private:
  Series series_;
  std::string base_;
  std::string listing_base_;
  transport::HostClient client_;
};

}  // namespace klinekeep::sources
