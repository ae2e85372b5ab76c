#include "codecs/api_json.hpp"

#include <nlohmann/json.hpp>
#include <unordered_set>

#include "entry.hpp"

namespace klinekeep::fuzz {

void api_json(std::string_view input) {
  const auto json = nlohmann::json::parse(input, nullptr, false);
  const auto error = codecs::parse_api_error(input);
  require(!error || json.is_object(), "an error is a JSON object");
  const auto info = codecs::parse_exchange_info(input);
  require(!info || json.is_object(), "exchangeInfo is a JSON object");
  if (!info) return;
  std::unordered_set<std::string> seen;
  for (const auto& symbol : info->symbols) {
    require(!symbol.symbol.empty(), "a symbol has a name");
    require(seen.insert(symbol.symbol).second, "a symbol is there once");
    require(!symbol.onboard || *symbol.onboard >= Timestamp{}, "an onboard date is after 1970");
  }
  require(info->weight_a_minute.value_or(1) > 0, "a weight is positive");
}

}  // namespace klinekeep::fuzz
