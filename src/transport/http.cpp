#include "transport/http.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/ascii.hpp"

namespace klinekeep::transport {
namespace {

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return ascii_lower(x) == ascii_lower(y); });
}

}  // namespace

std::optional<std::string_view> ResponseHead::header(std::string_view name) const {
  const auto found = std::ranges::find_if(headers, [name](const Header& h) { return same_name(h.name, name); });
  if (found == headers.end()) return std::nullopt;
  return found->value;
}

std::string told_of_proxy(int status) {
  return status == kProxyWantsLogin
             ? "the proxy wants a user and a password, or others than those in its URL (HTTP 407)"
             : fmt::format("the proxy lets nothing through (HTTP {})", status);
}

bool StringSink::write(std::string_view bytes) {
  if (bytes.size() > limit_ - body_.size()) return false;
  body_ += bytes;
  return true;
}

}  // namespace klinekeep::transport
