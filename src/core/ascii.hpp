// Letters of ASCII, whatever the locale says.
#pragma once

namespace klinekeep {

[[nodiscard]] constexpr char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace klinekeep
