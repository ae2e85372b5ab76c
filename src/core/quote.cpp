#include "core/quote.hpp"

#include <fmt/format.h>
#include <utf8proc.h>

#include <climits>

namespace klinekeep {
namespace {

constexpr int kMaxQuoted = 80;

bool shows_as_itself(utf8proc_int32_t c) {
  switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_CC:  // control
    case UTF8PROC_CATEGORY_CF:  // format: bidirectional marks, joiners, byte order mark
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return false;
    default:
      return true;
  }
}

std::string escape(utf8proc_int32_t c) {
  switch (c) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      return c <= 0xFF ? fmt::format("\\x{:02x}", c) : fmt::format("\\u{:04x}", c);
  }
}

std::string quote_up_to(int most, std::string_view input) {
  std::string quoted = "'";
  for (int count = 0; !input.empty(); ++count) {
    if (count == most) return quoted + "…'";
    utf8proc_int32_t c = 0;
    auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(input.data()),
                                 static_cast<utf8proc_ssize_t>(input.size()), &c);
    if (size < 0) {  // not UTF-8: this one byte
      quoted += fmt::format("\\x{:02x}", static_cast<unsigned char>(input.front()));
      size = 1;
    } else if (shows_as_itself(c)) {
      quoted += input.substr(0, static_cast<std::size_t>(size));
    } else {
      quoted += escape(c);
    }
    input.remove_prefix(static_cast<std::size_t>(size));
  }
  return quoted + '\'';
}

}  // namespace

std::string quote(std::string_view input) { return quote_up_to(kMaxQuoted, input); }

std::string quote_path(std::string_view path) { return quote_up_to(PATH_MAX, path); }

}  // namespace klinekeep
