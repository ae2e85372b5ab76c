// The archive's `.CHECKSUM` files.
#pragma once

#include <string>
#include <string_view>

#include "codecs/digest.hpp"
#include "codecs/malformed.hpp"

namespace klinekeep::codecs {

struct Checksum {
  Sha256Sum sha256;
  std::string file_name;  // no folder: not empty, no `/`, `\`, `*`, blank or control character
};

/// Reads what `sha256sum` writes for one file: 64 hex digits of either case, one or two blanks, perhaps a `*`, the file
/// name, perhaps one newline (LF or CRLF). Anything else is malformed, a second line too.
[[nodiscard]] Parsed<Checksum> parse_checksum(std::string_view file);

}  // namespace klinekeep::codecs
