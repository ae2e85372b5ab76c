#include "store/xxh3_kernels.hpp"

// Compiled for AVX-512 (CMakeLists.txt). No header with code that others share may be included: the linker could take
// it from here.
#if defined(__x86_64__)
#define XXH_INLINE_ALL  // inlined it is 2.6 times as fast as called from Debian's library
#include <xxhash.h>

namespace klinekeep::store {

Xxh128 xxh3_avx512(const void* bytes, std::size_t size) {
  const XXH128_hash_t sum = XXH3_128bits(bytes, size);
  return {sum.high64, sum.low64};
}

}  // namespace klinekeep::store
#endif
