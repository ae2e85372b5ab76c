// The kernel for processors that have AVX2.
#pragma once

#include <string_view>

#include "codecs/csv_kernel.hpp"

namespace klinekeep::codecs {

/// As take_plain_rows. Only where CsvKernel::avx2 runs.
RowsTaken take_by_avx2(std::string_view lines, Candles& to);

}  // namespace klinekeep::codecs
