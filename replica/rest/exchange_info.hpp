#pragma once

#include <nlohmann/json.hpp>

#include "data/catalogue.hpp"
#include "http/message.hpp"

namespace replica {

/// exchangeInfo of each market: the recorded one, with entries made for the symbols that it lacks.
class ExchangeInfo {
 public:
  ExchangeInfo(const Catalogue& catalogue, const Fixtures& fixtures);

  /// Spot understands symbol= and symbols=[…]; throws ApiError for an unknown one. The serverTime of the futures lags
  /// by hours.
  std::string body(const MarketRules& market, const Request& request, Instant now, int weight_limit) const;

 private:
  static nlohmann::ordered_json entry_of(const Symbol& symbol, Instant now);

  const Catalogue& catalogue_;
  std::map<Market, nlohmann::ordered_json> recorded_;
};

}  // namespace replica
