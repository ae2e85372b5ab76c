// What is asked of one REST API: its options, and the connections and limits that all its requests share.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "core/series.hpp"
#include "klinekeep/enhanced_retriever.hpp"
#include "sources/step_runner.hpp"
#include "transport/host_client.hpp"

namespace klinekeep::sources {

/// Thread-safe.
class RestClient {
 public:
  /// Throws InvalidRequest as EnhancedRetriever does.
  explicit RestClient(RestOptions options);

  [[nodiscard]] const RestOptions& options() const { return options_; }
  /// Whose candles these are.
  [[nodiscard]] const Upstream& upstream() const { return upstream_; }

  /// For one request about one series. `clock`, where there is one, is gone by in the place of the options'.
  [[nodiscard]] std::unique_ptr<StepRunner> make_runner(const Series& series, bool include_open,
                                                        const std::optional<Clock>& clock) const;
  /// As EnhancedRetriever has them.
  [[nodiscard]] std::vector<SymbolInfo> symbols(MarketType market, const std::stop_token& stop) const;
  [[nodiscard]] std::optional<Timestamp> exchange_now() const { return services_.exchange_clock->now(); }

 private:
  const RestOptions options_;
  const Upstream upstream_;
  const transport::Services services_;
};

}  // namespace klinekeep::sources
