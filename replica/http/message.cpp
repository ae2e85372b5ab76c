#include "http/message.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace replica {
namespace {

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

}  // namespace

const std::string* Request::parameter(std::string_view name) const {
  const auto found = std::ranges::find(query, name, &Fields::value_type::first);
  return found == query.end() ? nullptr : &found->second;
}

const std::string* Request::header(std::string_view name) const {
  const auto found = std::ranges::find_if(headers, [=](const auto& field) { return same_name(field.first, name); });
  return found == headers.end() ? nullptr : &found->second;
}

void Reply::set_header(std::string_view name, std::string value) {
  remove_header(name);
  headers.emplace_back(name, std::move(value));
}

void Reply::remove_header(std::string_view name) {
  std::erase_if(headers, [=](const auto& field) { return same_name(field.first, name); });
}

std::size_t Reply::bytes_to_send(bool head) const {
  if (head || wire.hang) return 0;
  const std::size_t limit =
      std::min(wire.reset_after.value_or(body->size()), wire.truncate_after.value_or(body->size()));
  return std::min(body->size(), limit);
}

Reply make_reply(unsigned status, std::string_view content_type, std::string body) {
  Reply reply;
  reply.status = status;
  reply.set_header("Content-Type", std::string{content_type});
  reply.set_body(std::move(body));
  return reply;
}

std::string percent_decode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    const auto* digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() && std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2) {
      decoded += static_cast<char>(value);
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

void parse_target(Request& request) {
  const std::string_view target = request.target;
  const auto mark = std::min(target.find('?'), target.size());
  request.decoded = percent_decode(target);
  request.path = percent_decode(target.substr(0, mark));
  request.query.clear();
  std::string_view rest = target.substr(std::min(mark + 1, target.size()));
  while (!rest.empty()) {
    const auto end = std::min(rest.find('&'), rest.size());
    const auto pair = rest.substr(0, end);
    const auto equals = std::min(pair.find('='), pair.size());
    if (!pair.empty()) {
      request.query.emplace_back(percent_decode(pair.substr(0, equals)),
                                 percent_decode(pair.substr(std::min(equals + 1, pair.size()))));
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

std::string_view reason_of(unsigned status) {
  static constexpr std::array<std::pair<unsigned, std::string_view>, 17> kReasons{
      {{200, "OK"},
       {301, "Moved Permanently"},
       {302, "Found"},
       {307, "Temporary Redirect"},
       {308, "Permanent Redirect"},
       {400, "Bad Request"},
       {403, "Forbidden"},
       {404, "Not Found"},
       {405, "Method Not Allowed"},
       {408, "Request Timeout"},
       {418, "I'm a teapot"},
       {429, "Too Many Requests"},
       {451, "Unavailable For Legal Reasons"},
       {500, "Internal Server Error"},
       {502, "Bad Gateway"},
       {503, "Service Unavailable"},
       {504, "Gateway Timeout"}}};
  const auto* const found = std::ranges::find(kReasons, status, &std::pair<unsigned, std::string_view>::first);
  return found == kReasons.end() ? "Unknown" : found->second;
}

}  // namespace replica
