#include "klinekeep/symbol.hpp"

#include <fmt/format.h>
#include <utf8proc.h>

#include <cstdlib>
#include <memory>

#include "core/quote.hpp"
#include "klinekeep/errors.hpp"

namespace klinekeep {
namespace {

constexpr std::size_t kMaxCodePoints = 64;

[[noreturn]] void refuse(std::string_view text, std::string_view why) {
  throw InvalidRequest(
      fmt::format("{} cannot be a symbol: {}; a symbol is 1 to {} of A-Z, 0-9, '_', '-' and letters "
                  "beyond ASCII, like BTCUSDT or BTCUSD_PERP",
                  quote(text), why, kMaxCodePoints));
}

bool is_letter(utf8proc_int32_t code_point) {
  switch (utf8proc_category(code_point)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
      return true;
    default:
      return false;
  }
}

bool is_allowed(utf8proc_int32_t c) {
  if (c > 0x7F) return is_letter(c);
  return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

const utf8proc_uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<const utf8proc_uint8_t*>(text.data());  // the library's bytes are unsigned
}

bool is_nfc(std::string_view text) {
  utf8proc_uint8_t* raw = nullptr;
  // NOLINTNEXTLINE(clang-analyzer-optin.core.EnumCastOutOfRange): the library's options are flags
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
  const auto size = utf8proc_map(bytes_of(text), static_cast<utf8proc_ssize_t>(text.size()), &raw, options);
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner{raw, &std::free};
  return size >= 0 && std::string_view{reinterpret_cast<const char*>(raw), static_cast<std::size_t>(size)} == text;
}

std::string fold_up(std::string_view text) {
  std::string folded{text};
  for (char& c : folded) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return folded;
}

}  // namespace

Symbol::Symbol(std::string_view text) : text_(fold_up(text)) {
  if (text.empty()) refuse(text, "it is empty");
  if (text.front() == '-') refuse(text, "it begins with '-'");
  std::size_t count = 0;
  for (std::string_view rest = text_; !rest.empty(); ++count) {
    if (count == kMaxCodePoints) refuse(text, "it is too long");
    utf8proc_int32_t code_point = 0;
    const auto size = utf8proc_iterate(bytes_of(rest), static_cast<utf8proc_ssize_t>(rest.size()), &code_point);
    if (size < 0) refuse(text, "it is not UTF-8");
    const std::string_view character = rest.substr(0, static_cast<std::size_t>(size));
    if (!is_allowed(code_point)) refuse(text, fmt::format("it contains {}", quote(character)));
    rest.remove_prefix(character.size());
  }
  if (!is_nfc(text_)) refuse(text, "it is not in Unicode's NFC form");
}

}  // namespace klinekeep
