#include "store/hash.hpp"

#include <fmt/format.h>

#include "store/xxh3_kernels.hpp"

namespace klinekeep::store {
namespace {

using Kernel = Xxh128 (*)(const void*, std::size_t);

Kernel fastest() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return xxh3_avx512;
  if (__builtin_cpu_supports("avx2")) return xxh3_avx2;
#endif
  return xxh3_portable;
}

}  // namespace

std::string xxh3(std::span<const std::byte> bytes) {
  static const Kernel kernel = fastest();
  const Xxh128 sum = kernel(bytes.data(), bytes.size());
  return fmt::format("{:016x}{:016x}", sum.high, sum.low);
}

}  // namespace klinekeep::store
