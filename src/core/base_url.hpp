// Where a source is asked: `scheme://host[:port]`. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace klinekeep {

/// In one spelling, so that what names the same host is equal.
struct BaseUrl {
  std::string host;    // in lower case, without the dot that may end it; of IPv6 in its brackets
  std::uint16_t port;  // that of the scheme where none is written

  friend bool operator==(const BaseUrl&, const BaseUrl&) = default;
};

/// None where `text` is not of this form, http or https, perhaps with a slash at its end.
[[nodiscard]] std::optional<BaseUrl> read_base_url(std::string_view text);

/// `text` without the slash that may end it. Throws InvalidRequest that names `what` and says what would be right; a
/// path, a query, credentials, escapes, blanks and control characters are refused.
[[nodiscard]] std::string parse_base_url(std::string_view what, std::string_view text);

}  // namespace klinekeep
