#include "rest/rest_api.hpp"

#include <fmt/format.h>

#include "rest/api_error.hpp"
#include "rest/klines.hpp"

namespace replica {
namespace {

constexpr std::string_view kJson = "application/json;charset=UTF-8";

Reply not_found() {
  return make_reply(
      404, "text/html",
      "<html>\n<head><title>404 Not Found</title></head>\n<body>\n<center><h1>404 Not Found</h1></center>\n"
      "<hr><center>nginx</center>\n</body>\n</html>\n");
}

const MarketRules* market_of(std::string_view path) {
  for (const auto& market : all_markets()) {
    if (path.starts_with(market.rest_root) && path.substr(market.rest_root.size()).starts_with('/')) return &market;
  }
  return nullptr;
}

/// Nothing: there is no such endpoint.
std::optional<int> weight_of(std::string_view endpoint, const Request& request, const MarketRules& market) {
  if (endpoint == "ping" || endpoint == "time") return 1;
  if (endpoint == "exchangeInfo") return market.spot() ? 20 : 1;
  if (endpoint == "klines" || (endpoint == "continuousKlines" && !market.spot())) return klines_weight(request, market);
  return std::nullopt;
}

TimeUnit unit_of(const Request& request, const MarketRules& market) {
  const std::string* unit = request.header("X-MBX-TIME-UNIT");
  const bool micros = unit != nullptr && (*unit == "MICROSECOND" || *unit == "microsecond");
  return market.spot() && micros ? TimeUnit::kMicros : TimeUnit::kMillis;
}

}  // namespace

RestApi::RestApi(const Catalogue& catalogue, const Truth& truth, const Fixtures& fixtures)
    : catalogue_(catalogue), truth_(truth), exchange_info_(catalogue, fixtures) {
  for (const auto& market : all_markets()) budgets_.try_emplace(market.id, market);
}

Reply RestApi::answer(const Request& request, std::span<const Fault> faults, Instant now) {
  const MarketRules* market = market_of(request.path);
  if (market == nullptr) return not_found();
  const auto endpoint = std::string_view{request.path}.substr(market->rest_root.size() + 1);
  const auto weight = weight_of(endpoint, request, *market);
  if (!weight) return not_found();
  int used = 0;
  auto refusal = budget(market->id).spend(*weight, used);
  Reply reply = refusal ? std::move(*refusal) : answer_endpoint(request, *market, endpoint, faults, now);
  reply.set_header("X-MBX-USED-WEIGHT-1M", std::to_string(used));
  if (market->spot()) reply.set_header("X-MBX-USED-WEIGHT", std::to_string(used));
  return reply;
}

Reply RestApi::answer_endpoint(const Request& request, const MarketRules& market, std::string_view endpoint,
                               std::span<const Fault> faults, Instant now) const {
  try {
    if (endpoint == "ping") return make_reply(200, kJson, "{}");
    if (endpoint == "time") {
      const bool micros = unit_of(request, market) == TimeUnit::kMicros;
      return make_reply(200, kJson,
                        fmt::format("{{\"serverTime\":{}{}}}", now.time_since_epoch().count(), micros ? "000" : ""));
    }
    if (endpoint == "exchangeInfo") {
      return make_reply(200, kJson, exchange_info_.body(market, request, now, budgets_.at(market.id).limit()));
    }
    const auto kind = endpoint == "klines" ? KlinesKind::kSymbol : KlinesKind::kContinuous;
    const auto query = read_klines_query(request, market, catalogue_, kind, now);
    const auto rows = find_klines(query, truth_, now, faults);
    return make_reply(200, kJson, print_klines(rows, unit_of(request, market), faults));
  } catch (const ApiError& error) {
    return error.reply();
  }
}

}  // namespace replica
