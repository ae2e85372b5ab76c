// The kernel for processors that have AVX2.
#pragma once

#include <cstddef>
#include <cstdint>

#include "output/number_digits.hpp"

namespace klinekeep::cli {

/// As `split`, for as many of the first numbers as it returns: all but less than four. Only where Kernels::avx2 run.
std::size_t split_by_avx2(const double* values, std::size_t count, NumberDigits* to);
std::size_t split_by_avx2(const std::int64_t* values, std::size_t count, NumberDigits* to);

}  // namespace klinekeep::cli
