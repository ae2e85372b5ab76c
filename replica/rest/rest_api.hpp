#pragma once

#include <map>

#include "data/truth.hpp"
#include "rest/budget.hpp"
#include "rest/exchange_info.hpp"

namespace replica {

/// The REST endpoints of all three markets.
class RestApi {
 public:
  RestApi(const Catalogue& catalogue, const Truth& truth, const Fixtures& fixtures);

  /// Answers any path that is not the archive's. `faults` are those that fired on this request, `now` the clock of the
  /// answer.
  Reply answer(const Request& request, std::span<const Fault> faults, Instant now);

  Budget& budget(Market market) { return budgets_.at(market); }

 private:
  Reply answer_endpoint(const Request& request, const MarketRules& market, std::string_view endpoint,
                        std::span<const Fault> faults, Instant now) const;

  const Catalogue& catalogue_;
  const Truth& truth_;
  ExchangeInfo exchange_info_;
  std::map<Market, Budget> budgets_;
};

}  // namespace replica
