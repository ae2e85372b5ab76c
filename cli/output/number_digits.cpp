#include "output/number_digits.hpp"

#include "output/number_digits_avx2.hpp"

namespace klinekeep::cli {
namespace {

template <class Value>
void split_any(DigitKernel kernel, const Value* values, std::size_t count, NumberDigits* to) {
  std::size_t done = 0;
  if (kernel == DigitKernel::avx2) done = split_by_avx2(values, count, to);
  for (; done < count; ++done) to[done] = digits_of(values[done]);
}

}  // namespace

bool runs_here(DigitKernel kernel) { return kernel != DigitKernel::avx2 || has_avx2(); }

DigitKernel fastest_digit_kernel() {
  static const DigitKernel fastest = has_avx2() ? DigitKernel::avx2 : DigitKernel::portable;
  return fastest;
}

void split(DigitKernel kernel, const double* values, std::size_t count, NumberDigits* to) {
  split_any(kernel, values, count, to);
}

void split(DigitKernel kernel, const std::int64_t* values, std::size_t count, NumberDigits* to) {
  split_any(kernel, values, count, to);
}

}  // namespace klinekeep::cli
