// Text inside URLs.
#pragma once

#include <string>
#include <string_view>

namespace klinekeep::transport {

/// `text` as one path segment or one query value: every byte but the unreserved ones of RFC 3986 (letters, digits,
/// `-._~`) as `%XX`, upper case, by libcurl. So a `/` is encoded too: encode the segments of a path one by one.
[[nodiscard]] std::string percent_encode(std::string_view text);

}  // namespace klinekeep::transport
