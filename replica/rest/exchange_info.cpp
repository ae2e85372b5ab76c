#include "rest/exchange_info.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "rest/api_error.hpp"

namespace replica {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kQuotes[] = {"USDT", "USDC", "FDUSD", "BUSD", "BTC", "ETH", "BNB", "USD"};

Json minimal_info(const MarketRules& market) {
  Json limit{{"rateLimitType", "REQUEST_WEIGHT"},
             {"interval", "MINUTE"},
             {"intervalNum", 1},
             {"limit", market.default_budget}};
  return {{"timezone", "UTC"},
          {"serverTime", 0},
          {"rateLimits", {limit}},
          {"exchangeFilters", Json::array()},
          {"symbols", Json::array()}};
}

Millis server_time_lag(const MarketRules& market) {
  if (market.id == Market::kUsdM) return std::chrono::hours{37};
  if (market.id == Market::kCoinM) return std::chrono::hours{22};
  return Millis{0};
}

std::pair<std::string, std::string> assets_of(std::string_view name) {
  const std::string_view pair = name.substr(0, name.find('_'));
  for (const auto quote : kQuotes) {
    if (pair.ends_with(quote)) return {std::string{pair.substr(0, pair.size() - quote.size())}, std::string{quote}};
  }
  return {std::string{pair}, ""};
}

/// The symbols asked for by symbol= or symbols=["A","B"].
std::set<std::string> wanted_symbols(const Request& request) {
  std::set<std::string> names;
  if (const auto* one = request.parameter("symbol")) names.insert(*one);
  if (const auto* many = request.parameter("symbols")) {
    const auto list = Json::parse(*many, nullptr, false);
    if (!list.is_array()) throw ApiError{400, -1100, "Illegal characters found in parameter 'symbols'."};
    for (const auto& name : list) names.insert(name.is_string() ? name.get<std::string>() : name.dump());
  }
  return names;
}

}  // namespace

ExchangeInfo::ExchangeInfo(const Catalogue& catalogue, const Fixtures& fixtures) : catalogue_(catalogue) {
  for (const auto& market : all_markets()) {
    const auto text = fixtures.read(fmt::format("rest/{}/exchangeInfo.json", market.name));
    recorded_[market.id] = text ? Json::parse(*text) : minimal_info(market);
  }
}

Json ExchangeInfo::entry_of(const Symbol& symbol, Instant now) {
  const auto [base, quote] = assets_of(symbol.name);
  const bool over = symbol.life.to <= now;
  Json entry{{"symbol", symbol.name}, {"baseAsset", base}, {"quoteAsset", quote}};
  if (symbol.rules().spot()) {
    entry["status"] = over ? "BREAK" : "TRADING";
    entry["isSpotTradingAllowed"] = true;
    return entry;
  }
  const bool perpetual = symbol.life.to == kEndOfTime;
  entry["pair"] = base + quote;
  entry["contractType"] = perpetual ? "PERPETUAL" : "CURRENT_QUARTER";
  entry["deliveryDate"] = perpetual ? 4133404800000 : symbol.life.to.time_since_epoch().count();
  entry["onboardDate"] = symbol.life.from.time_since_epoch().count();
  entry[symbol.market == Market::kCoinM ? "contractStatus" : "status"] = "TRADING";
  if (symbol.market == Market::kCoinM) entry["contractSize"] = static_cast<int>(symbol.character.contract_size);
  entry["pricePrecision"] = symbol.character.price_decimals;
  entry["quantityPrecision"] = symbol.character.volume_decimals;
  return entry;
}

std::string ExchangeInfo::body(const MarketRules& market, const Request& request, Instant now, int weight_limit) const {
  Json info = recorded_.at(market.id);
  info["serverTime"] = (now - server_time_lag(market)).time_since_epoch().count();
  for (auto& limit : info["rateLimits"]) {
    if (limit["rateLimitType"] == "REQUEST_WEIGHT") limit["limit"] = weight_limit;
  }
  auto& symbols = info["symbols"];
  std::set<std::string> known;
  for (const auto& entry : symbols) known.insert(entry["symbol"].get<std::string>());
  for (const Symbol* symbol : catalogue_.symbols_of(market.id)) {
    const bool listed = symbol->life.from <= now && (market.spot() || symbol->life.to > now);
    if (listed && known.insert(symbol->name).second) symbols.push_back(entry_of(*symbol, now));
  }
  if (const auto wanted = wanted_symbols(request); market.spot() && !wanted.empty()) {
    for (const auto& name : wanted) {
      if (!known.contains(name)) throw ApiError{400, -1121, "Invalid symbol."};
    }
    Json chosen = Json::array();
    for (auto& entry : symbols) {
      if (wanted.contains(entry["symbol"].get<std::string>())) chosen.push_back(std::move(entry));
    }
    symbols = std::move(chosen);
  }
  return info.dump();
}

}  // namespace replica
