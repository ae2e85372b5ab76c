// The kernel for processors that have AVX2.
#pragma once

#include <string_view>

#include "codecs/csv_kernel.hpp"

namespace klinekeep::codecs {

[[nodiscard]] bool has_avx2();

/// As take_plain_rows. Only where has_avx2().
RowsTaken take_by_avx2(std::string_view lines, Candles& to);

}  // namespace klinekeep::codecs
