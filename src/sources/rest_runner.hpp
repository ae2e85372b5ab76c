// One step at REST: a page of klines, or whether there is a candle from an instant on.
#pragma once

#include "core/series.hpp"
#include "sources/rest_hosts.hpp"

namespace klinekeep::sources {

class RestRunner final : public StepRunner {
 public:
  /// For one fetch of one series. `options` must outlive it.
  RestRunner(const Series& series, const RestOptions& options, bool include_open, const transport::Parts& parts);

  [[nodiscard]] StepResult run(const planner::Step& step, std::stop_token stop, MemoryShare& memory) override;
  [[nodiscard]] std::int64_t requests() const override { return hosts_.client().counters().requests; }
  [[nodiscard]] std::int64_t bytes() const override { return hosts_.client().counters().bytes; }

 private:
  [[nodiscard]] StepResult page(const planner::RestPage& page, const std::stop_token& stop);
  [[nodiscard]] StepResult candle(const TimeRange& window, const std::stop_token& stop);

  Series series_;
  bool include_open_;
  RestHosts hosts_;
};

}  // namespace klinekeep::sources
