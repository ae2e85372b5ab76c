// A host as rate limits and failures know it: scheme, name and port.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace klinekeep::transport {

/// `https://api.binance.com:443` of an http or https URL: lower case, the port always there, nothing else of the URL.
/// None when it is no such URL. Equal strings are the same host. Pure.
[[nodiscard]] std::optional<std::string> endpoint_of(std::string_view url);

}  // namespace klinekeep::transport
