#include "input/base_url.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/quote.hpp"
#include "klinekeep/errors.hpp"

namespace klinekeep::input {
namespace {

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; }) &&
         std::stoi(std::string{text}) <= 65'535;
}

bool is_host_and_port(std::string_view text) {
  std::size_t end = 0;
  if (text.starts_with('[')) {  // IPv6
    end = text.find(']');
    if (end == std::string_view::npos || end < 3) return false;
    const auto inside = text.substr(1, end - 1);
    if (inside.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos) return false;
    ++end;
  } else {
    end = static_cast<std::size_t>(std::ranges::find_if_not(text, is_host_character) - text.begin());
    if (end == 0) return false;
  }
  return end == text.size() || (text[end] == ':' && is_port(text.substr(end + 1)));
}

}  // namespace

std::string parse_base_url(std::string_view what, std::string_view text) {
  std::string_view base = text;
  if (base.ends_with('/')) base.remove_suffix(1);
  const auto scheme_end = base.find("://");
  const bool known_scheme = base.starts_with("http://") || base.starts_with("https://");
  if (known_scheme && is_host_and_port(base.substr(scheme_end + 3))) return std::string{base};
  throw InvalidRequest(
      fmt::format("{} cannot be {}; it is scheme://host:port, like https://api.binance.com or "
                  "http://127.0.0.1:8080",
                  what, quote(text)));
}

}  // namespace klinekeep::input
