// An interval as people write it. Pure.
#pragma once

#include <string_view>

#include "klinekeep/interval.hpp"

namespace klinekeep::input {

/// 1s … 1w, 1M; the case matters. Throws InvalidRequest that names all there are.
[[nodiscard]] Interval parse_interval(std::string_view word);

}  // namespace klinekeep::input
