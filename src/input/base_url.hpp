// Base URLs that users give in the place of Binance's. Pure.
#pragma once

#include <string>
#include <string_view>

namespace klinekeep::input {

/// `scheme://host[:port]`, http or https, without the slash that may end it. Throws InvalidRequest that names `what`
/// and says what would be right; a path, a query, credentials, blanks and control characters are refused.
[[nodiscard]] std::string parse_base_url(std::string_view what, std::string_view text);

}  // namespace klinekeep::input
