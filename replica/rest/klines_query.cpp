#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "rest/api_error.hpp"
#include "rest/klines.hpp"

namespace replica {
namespace {

constexpr std::int64_t kDefaultLimit = 500;
constexpr std::int64_t kFirstMicros = 1'000'000'000'000'000;
constexpr Millis kWidestCoinWindow = 200 * kDay;
constexpr std::string_view kSymbolRange = R"(^[\w\-._&&[^a-z]]{1,50}$)";
constexpr std::string_view kNumberRange = "^[0-9]{1,20}$";

ApiError illegal_characters(std::string_view name, std::string_view range) {
  return {400, -1100, fmt::format("Illegal characters found in parameter '{}'; legal range is '{}'.", name, range)};
}

ApiError not_sent(std::string_view name) {
  return {400, -1102, fmt::format("Mandatory parameter '{}' was not sent, was empty/null, or malformed.", name)};
}

ApiError not_valid(std::string_view name) {
  return {400, -1130, fmt::format("Data sent for parameter '{}' is not valid.", name)};
}

const std::string& mandatory(const Request& request, std::string_view name) {
  const std::string* value = request.parameter(name);
  if (value == nullptr || value->empty()) throw not_sent(name);
  return *value;
}

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80; }));
}

/// Upper case, digits, "_-." and anything beyond ASCII.
void check_symbol(std::string_view name, std::string_view symbol) {
  const bool legal = std::ranges::all_of(symbol, [](char c) {
    const bool ascii = static_cast<unsigned char>(c) < 0x80;
    return !ascii || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
  });
  if (!legal || code_points(symbol) > 50) throw illegal_characters(name, kSymbolRange);
}

std::optional<std::int64_t> read_number(const Request& request, std::string_view name) {
  const std::string* value = request.parameter(name);
  if (value == nullptr) return std::nullopt;
  if (value->empty()) throw not_sent(name);
  const bool digits = std::ranges::all_of(*value, [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || value->size() > 20) throw illegal_characters(name, kNumberRange);
  std::int64_t number = 0;
  if (std::from_chars(value->data(), value->data() + value->size(), number).ec != std::errc{}) throw not_valid(name);
  return number;
}

/// Spot takes microseconds as well; a start within a millisecond goes up, an end down.
std::optional<Instant> read_bound(const Request& request, const MarketRules& market, std::string_view name, bool up) {
  const auto number = read_number(request, name);
  if (!number) return std::nullopt;
  if (!market.spot() || *number < kFirstMicros)
    return Instant{Millis{std::min(*number, kEndOfTime.time_since_epoch().count())}};
  return Instant{Millis{(*number + (up ? 999 : 0)) / 1000}};
}

std::size_t read_limit(const Request& request, const MarketRules& market) {
  const std::int64_t limit = read_number(request, "limit").value_or(kDefaultLimit);
  if (limit < 1) throw not_valid("limit");
  if (limit > market.max_limit && !market.spot()) throw not_valid("limit");
  return static_cast<std::size_t>(std::min<std::int64_t>(limit, market.max_limit));
}

const Symbol& find_symbol(const Request& request, const MarketRules& market, const Catalogue& catalogue,
                          KlinesKind kind, Instant now) {
  const bool continuous = kind == KlinesKind::kContinuous;
  const Symbol* symbol =
      continuous ? catalogue.find_continuous(market.id, *request.parameter("pair"), mandatory(request, "contractType"))
                 : catalogue.find(market.id, *request.parameter("symbol"));
  const bool over = symbol != nullptr && !market.spot() && symbol->life.to <= now;
  if (symbol == nullptr || over || symbol->life.from > now) throw ApiError{400, -1121, "Invalid symbol."};
  return *symbol;
}

/// COIN-M: one bound alone implies the other 200 days away, and no window is wider.
void check_coin_window(KlinesQuery& query, Instant now) {
  if (query.start && !query.end) query.end = std::min(*query.start + kWidestCoinWindow, std::max(now, *query.start));
  if (query.end && !query.start) query.start = *query.end - kWidestCoinWindow;
  if (query.start && *query.end - *query.start > kWidestCoinWindow) {
    throw ApiError{400, -4088, "Maximum time interval is 200 days."};
  }
}

}  // namespace

KlinesQuery read_klines_query(const Request& request, const MarketRules& market, const Catalogue& catalogue,
                              KlinesKind kind, Instant now) {
  const std::string_view name = kind == KlinesKind::kContinuous ? "pair" : "symbol";
  check_symbol(name, mandatory(request, name));
  const Interval* interval = find_interval_of_rest(mandatory(request, "interval"));
  KlinesQuery query{{nullptr, interval},
                    read_bound(request, market, "startTime", true),
                    read_bound(request, market, "endTime", false),
                    read_limit(request, market)};
  const std::string* zone = request.parameter("timeZone");
  if (zone != nullptr && *zone != "0") throw not_valid("timeZone");
  if (interval == nullptr || !market.has(*interval)) throw ApiError{400, -1120, "Invalid interval."};
  query.series.symbol = &find_symbol(request, market, catalogue, kind, now);
  if (query.start && query.end && *query.start > *query.end && !market.spot()) {
    throw ApiError{400, -1023, "Start time is greater than end time."};
  }
  if (market.id == Market::kCoinM) check_coin_window(query, now);
  return query;
}

int klines_weight(const Request& request, const MarketRules& market) {
  if (market.spot()) return 2;
  std::int64_t limit = kDefaultLimit;
  if (const std::string* text = request.parameter("limit"))
    std::from_chars(text->data(), text->data() + text->size(), limit);
  if (limit < 100) return 1;
  if (limit < 500) return 2;
  return limit <= 1000 ? 5 : 10;
}

}  // namespace replica
