#include "store/hash.hpp"

#include <fmt/format.h>

#ifdef __x86_64__
#include <xxh_x86dispatch.h>  // XXH3_128bits is the library's fastest for the processor
#else
#include <xxhash.h>
#endif

namespace klinekeep::store {

std::string xxh3(std::span<const std::byte> bytes) {
  const XXH128_hash_t sum = XXH3_128bits(bytes.data(), bytes.size());
  return fmt::format("{:016x}{:016x}", sum.high64, sum.low64);
}

}  // namespace klinekeep::store
