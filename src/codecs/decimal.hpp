// Numbers as Binance writes them, read exactly.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace klinekeep::codecs {

/// The double nearest to `text`, bit for bit what `strtod` gives in the C locale, for a number of any length (a tiny
/// one can be 0, `-0` is -0.0). None where `text` is not exactly `-?digits[.digits]` (so no `+`, blank, exponent, `.5`,
/// `1.`, `nan`, hex) or exceeds every finite double.
[[nodiscard]] std::optional<double> parse_decimal(std::string_view text);

/// The integer that `text` spells. None where it is not exactly `-?digits` or does not fit.
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text);

}  // namespace klinekeep::codecs
