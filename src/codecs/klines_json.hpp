// REST's klines.
#pragma once

#include <string_view>

#include "codecs/malformed.hpp"
#include "core/candles.hpp"

namespace klinekeep::codecs {

/// The rows of a klines answer, in its order: an array of arrays of 12, times and trades as numbers and all else as
/// strings, each as codecs/row.hpp wants it. Rows are counted from 1. Strict: what Binance would not send is malformed,
/// escapes inside the strings too. `[]` has no rows.
[[nodiscard]] Parsed<Candles> parse_klines(std::string_view body);

}  // namespace klinekeep::codecs
