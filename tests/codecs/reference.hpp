// The rules of the codecs once more, written as naively as can be and apart from them: what tests and fuzzers compare
// with.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/candles.hpp"

namespace klinekeep::codecs::reference {

/// strtod, after a look at the characters.
std::optional<double> decimal(const std::string& text);

/// strtoll, after a look at the characters.
std::optional<std::int64_t> integer(const std::string& text);

/// The rows of a CSV file, or none where any of it is malformed.
std::optional<Candles> csv(std::string_view file);

/// The rows of a klines answer by nlohmann's JSON, or none where any of it is malformed. Unlike ours it allows escapes
/// in strings and a byte order mark.
std::optional<Candles> klines(std::string_view body);

}  // namespace klinekeep::codecs::reference
