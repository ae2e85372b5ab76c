#include "core/base_url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/ascii.hpp"
#include "core/quote.hpp"
#include "klinekeep/errors.hpp"

namespace klinekeep {
namespace {

constexpr std::size_t kLongestPort = 5;

std::string_view without_slash(std::string_view text) {
  if (text.ends_with('/')) text.remove_suffix(1);
  return text;
}

/// What a message may show of it: not a user's name and password.
std::string without_login(std::string_view text) {
  const auto slashes = text.find("//");
  const std::size_t begin = slashes == std::string_view::npos ? 0 : slashes + 2;
  const auto at = text.substr(0, text.find('/', begin)).rfind('@');
  if (at == std::string_view::npos || at < begin) return std::string{text};
  return fmt::format("{}…{}", text.substr(0, begin), text.substr(at));
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

/// How much of `text` is a host; 0: it begins with none.
std::size_t host_size(std::string_view text) {
  if (!text.starts_with('[')) {
    return static_cast<std::size_t>(std::ranges::find_if_not(text, is_host_character) - text.begin());
  }
  const auto end = text.find(']');  // IPv6
  if (end == std::string_view::npos || end < 3) return 0;
  const auto inside = text.substr(1, end - 1);
  return inside.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos ? end + 1 : 0;
}

std::optional<std::uint16_t> read_port(std::string_view digits) {
  std::uint16_t port = 0;
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (digits.size() > kLongestPort || error != std::errc{} || stop != digits.data() + digits.size())
    return std::nullopt;
  return port;
}

}  // namespace

std::optional<BaseUrl> read_base_url(std::string_view text) {
  constexpr std::string_view kHttp = "http://";
  constexpr std::string_view kHttps = "https://";
  const bool is_plain = text.starts_with(kHttp);
  if (!is_plain && !text.starts_with(kHttps)) return std::nullopt;
  const auto authority = without_slash(text.substr(is_plain ? kHttp.size() : kHttps.size()));

  std::string host{authority.substr(0, host_size(authority))};
  const auto rest = authority.substr(host.size());
  std::optional<std::uint16_t> port = is_plain ? 80 : 443;
  if (!rest.empty()) port = rest.front() == ':' ? read_port(rest.substr(1)) : std::nullopt;
  std::ranges::transform(host, host.begin(), ascii_lower);
  if (host.ends_with('.')) host.pop_back();
  if (host.empty() || host.ends_with('.') || !port) return std::nullopt;
  return BaseUrl{std::move(host), *port};
}

std::string parse_base_url(std::string_view what, std::string_view text) {
  if (read_base_url(text)) return std::string{without_slash(text)};
  throw InvalidRequest(
      fmt::format("{} cannot be {}; it is scheme://host:port, like https://api.binance.com or "
                  "http://127.0.0.1:8080",
                  what, quote(without_login(text))));
}

}  // namespace klinekeep
