#include "store/hash.hpp"

#include <fmt/format.h>

#ifdef __x86_64__
#define XXH_DISPATCH_DISABLE_REPLACE
#include <xxh_x86dispatch.h>
#else
#include <xxhash.h>
#endif

#include "processor/kernels.hpp"

namespace klinekeep::store {
namespace {

/// XXH3_128bits is made for what every processor of the architecture has. On x86-64 that is far from the fastest, and
/// the library has another that looks for itself.
XXH128_hash_t sum_of(std::span<const std::byte> bytes) {
#ifdef __x86_64__
  if (processor::active_kernels() != processor::Kernels::portable)
    return XXH3_128bits_dispatch(bytes.data(), bytes.size());
#endif
  return XXH3_128bits(bytes.data(), bytes.size());
}

}  // namespace

std::string xxh3(std::span<const std::byte> bytes) {
  const XXH128_hash_t sum = sum_of(bytes);
  return fmt::format("{:016x}{:016x}", sum.high64, sum.low64);
}

}  // namespace klinekeep::store
