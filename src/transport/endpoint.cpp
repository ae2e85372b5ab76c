#include "transport/endpoint.hpp"

#include <algorithm>
#include <charconv>

#include "core/ascii.hpp"

namespace klinekeep::transport {
namespace {

std::string lower(std::string_view text) {
  std::string lowered{text};
  std::ranges::transform(lowered, lowered.begin(), ascii_lower);
  return lowered;
}

bool is_host_character(char c) { return static_cast<unsigned char>(c) > ' ' && c != '\x7f' && c != '\\'; }

std::optional<int> parse_port(std::string_view digits) {
  int port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size() || port < 1 || port > 65535) return std::nullopt;
  return port;
}

}  // namespace

std::optional<std::string> endpoint_of(std::string_view url) {
  const auto scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return std::nullopt;
  const std::string scheme = lower(url.substr(0, scheme_end));
  if (scheme != "http" && scheme != "https") return std::nullopt;

  std::string_view authority = url.substr(scheme_end + 3);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  if (const auto user = authority.rfind('@'); user != std::string_view::npos) authority.remove_prefix(user + 1);

  auto host_end = authority.find(':');
  if (authority.starts_with('[')) {
    host_end = authority.find(']');
    if (host_end == std::string_view::npos) return std::nullopt;
    ++host_end;
  }
  const std::string host = lower(authority.substr(0, host_end));
  if (host.empty() || !std::ranges::all_of(host, is_host_character)) return std::nullopt;

  std::string_view rest = authority.substr(std::min(host_end, authority.size()));
  std::optional<int> port = scheme == "http" ? 80 : 443;
  if (!rest.empty()) {
    if (rest.front() != ':') return std::nullopt;
    rest.remove_prefix(1);
    if (!rest.empty()) port = parse_port(rest);
  }
  if (!port) return std::nullopt;
  return scheme + "://" + host + ':' + std::to_string(*port);
}

}  // namespace klinekeep::transport
