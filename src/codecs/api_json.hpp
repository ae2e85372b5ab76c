// REST's small answers: errors and exchangeInfo.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codecs/malformed.hpp"
#include "klinekeep/symbol_info.hpp"

namespace klinekeep::codecs {

/// `{"code":-1121,"msg":"Invalid symbol."}`
struct ApiError {
  int code;
  std::string message;  // empty where there is none

  friend bool operator==(const ApiError&, const ApiError&) = default;
};

/// The error that `body` tells: a JSON object with an integer `code`, however it is printed. None for anything else:
/// HTML from a firewall, an answer that is no error.
[[nodiscard]] std::optional<ApiError> parse_api_error(std::string_view body);

struct ExchangeInfo {
  std::vector<SymbolInfo> symbols;              // in the answer's order, each once: the first of its name
  std::optional<std::int64_t> weight_a_minute;  // REQUEST_WEIGHT allowed to an IP in one minute
};

/// Reads exchangeInfo tolerantly: fields that are missing or of another type are not told, entries without a symbol are
/// left out. Malformed only where it is not a JSON object with an array `symbols`.
[[nodiscard]] Parsed<ExchangeInfo> parse_exchange_info(std::string_view body);

}  // namespace klinekeep::codecs
