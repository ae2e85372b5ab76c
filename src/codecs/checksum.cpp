#include "codecs/checksum.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/quote.hpp"

namespace klinekeep::codecs {
namespace {

constexpr std::size_t kHexDigits = std::tuple_size_v<Sha256Sum> * 2;

/// A `*` could be the mark before the name as well.
bool is_name_character(char c) {
  return static_cast<unsigned char>(c) > ' ' && c != '\x7F' && c != '/' && c != '\\' && c != '*';
}

std::string_view without_newline(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(line.ends_with("\r\n") ? 2 : 1);
  return line;
}

/// What follows the hex digits without its blanks and `*`; empty where there is no blank.
std::string_view name_in(std::string_view rest) {
  if (!rest.starts_with(' ')) return {};
  rest.remove_prefix(rest.starts_with("  ") ? 2 : 1);
  if (rest.starts_with('*')) rest.remove_prefix(1);
  return rest;
}

}  // namespace

Parsed<Checksum> parse_checksum(std::string_view file) {
  const std::string_view line = without_newline(file);
  const auto sum = parse_hex<Sha256Sum>(line.substr(0, kHexDigits));
  const std::string_view name = sum ? name_in(line.substr(kHexDigits)) : std::string_view{};
  if (name.empty() || !std::ranges::all_of(name, is_name_character)) {
    return malformed(fmt::format("{} is not a checksum file: 64 hex digits, two blanks and a file name", quote(file)));
  }
  return Checksum{*sum, std::string{name}};
}

}  // namespace klinekeep::codecs
