// A trading pair's name, proven harmless: whatever holds a Symbol can be put into a path or (percent-encoded) a URL.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "klinekeep/export.hpp"

namespace klinekeep {

/// 1 to 64 code points, each A–Z, 0–9, `_`, `-` or a letter above U+007F (币安人生USDT is traded), in Unicode's NFC
/// form and not beginning with `-`. So there is no `/`, `.`, `%`, space, control or direction mark in it. A value;
/// immutable.
class KLINEKEEP_API Symbol {
 public:
  /// Folds ASCII lower case up. Throws InvalidRequest that says what is wrong with `text`, which is UTF-8.
  explicit Symbol(std::string_view text);

  [[nodiscard]] const std::string& text() const { return text_; }
  friend auto operator<=>(const Symbol&, const Symbol&) = default;

 private:
  std::string text_;
};

}  // namespace klinekeep
