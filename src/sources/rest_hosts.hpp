// Asking REST: the hosts of a market one after the other, until one answers.
#pragma once

#include <atomic>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/market_rules.hpp"
#include "klinekeep/client_options.hpp"
#include "sources/step_runner.hpp"
#include "transport/host_client.hpp"

namespace klinekeep::sources {

/// The hosts of one market for one run. Thread-safe. A host that is down, or forbids us (403), is left for the next;
/// 451 goes to the host that serves every region; a rate limit is waited for, not evaded, as the hosts share one
/// budget.
class RestHosts {
 public:
  RestHosts(MarketType market, const RestOptions& options, const transport::Parts& parts);

  struct Answer {
    std::string url;
    int status;
    std::string body;
  };

  using MakeUrl = std::function<std::string(std::string_view base)>;

  /// An answer with status 200 or 400, or the Failed answer that says why there is none. Throws Cancelled.
  [[nodiscard]] tl::expected<Answer, StepResult> get(const MakeUrl& make_url, int weight, std::size_t max_bytes,
                                                     const std::stop_token& stop);

  [[nodiscard]] transport::HostClient& client() { return client_; }
  [[nodiscard]] const transport::HostClient& client() const { return client_; }
  [[nodiscard]] const MarketRules& rules() const { return rules_; }

 private:
  [[nodiscard]] std::size_t after(std::size_t host, int status) const;

  const MarketRules& rules_;
  std::vector<std::string> bases_;
  transport::HostClient client_;
  std::atomic<std::size_t> current_ = 0;  // the host that answered last
};

}  // namespace klinekeep::sources
