// Words of which one has to be chosen.
#pragma once

#include <fmt/format.h>

#include <initializer_list>
#include <string_view>
#include <utility>

#include "core/quote.hpp"
#include "klinekeep/errors.hpp"
#include "klinekeep/market.hpp"

namespace klinekeep::input {

/// The value that belongs to `word`. Throws InvalidRequest that names `flag` and all its words.
template <class T>
[[nodiscard]] T parse_choice(std::string_view flag, std::string_view word,
                             std::initializer_list<std::pair<std::string_view, T>> choices) {
  std::string known;
  for (const auto& [name, value] : choices) {
    if (name == word) return value;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", name);
  }
  throw InvalidRequest(fmt::format("{} cannot be {}; it is one of {}", flag, quote(word), known));
}

[[nodiscard]] inline MarketType parse_market_flag(std::string_view word) {
  return parse_choice<MarketType>(
      "--market", word,
      {{"spot", MarketType::SPOT}, {"um", MarketType::FUTURES_USDT}, {"cm", MarketType::FUTURES_COIN}});
}

}  // namespace klinekeep::input
