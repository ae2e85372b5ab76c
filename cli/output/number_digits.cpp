#include "output/number_digits.hpp"

#include "output/number_digits_avx2.hpp"

namespace klinekeep::cli {
namespace {

template <class Value>
void split_any(Kernels kernels, const Value* values, std::size_t count, NumberDigits* to) {
  std::size_t done = 0;
  if (kernels == Kernels::avx2) done = split_by_avx2(values, count, to);
  for (; done < count; ++done) to[done] = digits_of(values[done]);
}

}  // namespace

void split(Kernels kernels, const double* values, std::size_t count, NumberDigits* to) {
  split_any(kernels, values, count, to);
}

void split(Kernels kernels, const std::int64_t* values, std::size_t count, NumberDigits* to) {
  split_any(kernels, values, count, to);
}

}  // namespace klinekeep::cli
