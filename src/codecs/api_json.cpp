#include "codecs/api_json.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <limits>
#include <unordered_set>
#include <utility>

#include "codecs/json_memory.hpp"
#include "core/quote.hpp"
#include "processor/json_kernels.hpp"

namespace klinekeep::codecs {
namespace {

namespace dom = simdjson::dom;

constexpr std::int64_t kMaxMs = 10'000'000'000'000;  // the year 2286

std::string text_at(dom::object object, std::string_view key) {
  std::string_view text;
  return object[key].get_string().get(text) == simdjson::SUCCESS ? std::string{text} : std::string{};
}

std::optional<std::int64_t> integer_at(dom::object object, std::string_view key) {
  std::int64_t value = 0;
  if (object[key].get_int64().get(value) != simdjson::SUCCESS) return std::nullopt;
  return value;
}

std::optional<Timestamp> time_at(dom::object object, std::string_view key) {
  const auto ms = integer_at(object, key);
  if (!ms || *ms < 0 || *ms >= kMaxMs) return std::nullopt;
  return from_ms(*ms);
}

SymbolInfo read_symbol(dom::object entry) {
  SymbolInfo info{
      .symbol = text_at(entry, "symbol"), .status = text_at(entry, "status"), .onboard = time_at(entry, "onboardDate")};
  if (info.status.empty()) info.status = text_at(entry, "contractStatus");
  return info;
}

std::vector<SymbolInfo> read_symbols(dom::array entries) {
  std::vector<SymbolInfo> symbols;
  std::unordered_set<std::string> seen;
  for (const dom::element element : entries) {
    dom::object entry;
    if (element.get_object().get(entry) != simdjson::SUCCESS) continue;
    SymbolInfo info = read_symbol(entry);
    if (info.symbol.empty() || !seen.insert(info.symbol).second) continue;
    symbols.push_back(std::move(info));
  }
  return symbols;
}

std::optional<std::int64_t> read_weight(dom::object info) {
  dom::array limits;
  if (info["rateLimits"].get_array().get(limits) != simdjson::SUCCESS) return std::nullopt;
  for (const dom::element element : limits) {
    dom::object limit;
    if (element.get_object().get(limit) != simdjson::SUCCESS) continue;
    if (text_at(limit, "rateLimitType") != "REQUEST_WEIGHT" || text_at(limit, "interval") != "MINUTE") continue;
    if (integer_at(limit, "intervalNum") != 1) continue;
    if (const auto value = integer_at(limit, "limit"); value && *value > 0) return value;
  }
  return std::nullopt;
}

}  // namespace

std::optional<ApiError> parse_api_error(std::string_view body) {
  const simdjson::padded_string padded{body};
  processor::use_json_kernels();
  dom::parser parser;
  dom::object object;
  const auto error = parser.parse(padded).get_object().get(object);
  check_memory(error);
  if (error) return std::nullopt;
  const auto code = integer_at(object, "code");
  if (!code || !std::in_range<int>(*code)) return std::nullopt;
  return ApiError{.code = static_cast<int>(*code), .message = text_at(object, "msg")};
}

Parsed<ExchangeInfo> parse_exchange_info(std::string_view body) {
  const simdjson::padded_string padded{body};
  processor::use_json_kernels();
  dom::parser parser;
  dom::object info;
  dom::array symbols;
  const auto error = parser.parse(padded).get_object().get(info);
  check_memory(error);
  if (error) {
    return malformed(fmt::format("{} is not a JSON object: {}", quote(body), simdjson::error_message(error)));
  }
  if (info["symbols"].get_array().get(symbols) != simdjson::SUCCESS) {
    return malformed(fmt::format("{} has no array 'symbols'", quote(body)));
  }
  return ExchangeInfo{.symbols = read_symbols(symbols), .weight_a_minute = read_weight(info)};
}

}  // namespace klinekeep::codecs
