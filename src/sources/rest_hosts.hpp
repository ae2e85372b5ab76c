// Asking REST: the hosts of a market one after the other, until one answers.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/market_rules.hpp"
#include "core/upstream_rules.hpp"
#include "klinekeep/client_options.hpp"
#include "sources/step_runner.hpp"
#include "transport/host_client.hpp"

namespace klinekeep::sources {

/// The hosts of one market for one run. Thread-safe. A host that is down, or forbids us (403), is left for the next;
/// 451 goes to the host that serves every region; a rate limit is waited for, not evaded, as the hosts share one
/// budget. They share the patience of a call, too: each has its part of what is left.
class RestHosts {
 public:
  /// Throws InvalidRequest where no host of the market is known.
  RestHosts(MarketType market, const RestOptions& options, const transport::Services& services);

  struct Answer {
    std::string url;
    int status;
    std::string body;
    planner::AnswerTimes times;
    bool by_another_host;                   // than the one that answered before
    std::vector<std::string> remarks = {};  // on its time, once
  };

  enum class First : std::uint8_t { usual, another };  // the host to ask first: the one that answered last, or not that

  struct Question {
    std::function<std::string(std::string_view base)> make_url;
    int weight;
    std::size_t max_bytes;
    First first = First::usual;
  };
  using Outcome = tl::expected<Answer, StepResult>;

  /// Calls `done` once, with an answer of status 200 or 400, or with the result that says why there is none. All calls
  /// must have ended before it goes.
  void get(Question question, std::stop_token stop, std::function<void(Outcome)> done);
  /// The same, and waits. Throws Cancelled, and CacheError where something of ours ran out.
  [[nodiscard]] Outcome get(Question question, std::stop_token stop);

  [[nodiscard]] transport::HostClient& client() { return client_; }
  [[nodiscard]] const transport::HostClient& client() const { return client_; }
  [[nodiscard]] const MarketRules& rules() const { return rules_; }

 private:
  class Call;
  using Turn = std::vector<std::size_t>::const_iterator;

  [[nodiscard]] std::vector<std::size_t> order(First first) const;
  [[nodiscard]] Turn after(Turn host, Turn end, int status) const;
  [[nodiscard]] bool is_geo_free(std::size_t host) const;

  const MarketRules& rules_;
  const MarketHosts& hosts_;
  std::vector<std::string> bases_;
  transport::HostClient client_;
  std::atomic<std::size_t> current_ = 0;  // the host that answered last
  std::atomic<bool> has_remarked_ = false;
  std::atomic<bool> has_noted_ = false;
};

}  // namespace klinekeep::sources
