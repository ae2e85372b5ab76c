// One step at REST: a page of klines, or whether there is a candle from an instant on.
#pragma once

#include "core/series.hpp"
#include "sources/rest_hosts.hpp"

namespace klinekeep::sources {

class RestRunner final : public StepRunner {
 public:
  /// For one request about one series. Throws InvalidRequest where no host of the market is known.
  RestRunner(const Series& series, const RestOptions& options, bool include_open, const transport::Services& services);

  void start(std::shared_ptr<StepRun> run) override;
  [[nodiscard]] std::int64_t requests() const override { return hosts_.client().counters().requests; }
  [[nodiscard]] std::int64_t bytes() const override { return hosts_.client().counters().bytes; }

 private:
  class Page;
  void ask_for_candle(const TimeRange& window, const std::shared_ptr<StepRun>& run);
  [[nodiscard]] StepResult candle_in(const RestHosts::Answer& answer, const TimeRange& window) const;

  Series series_;
  bool include_open_;
  RestHosts hosts_;
};

}  // namespace klinekeep::sources
