// XXH3-128 for one instruction set each: the same sum, faster. Only what the machine has may be called.
#pragma once

#include <cstddef>
#include <cstdint>

namespace klinekeep::store {

struct Xxh128 {
  std::uint64_t high;
  std::uint64_t low;
  friend bool operator==(const Xxh128&, const Xxh128&) = default;
};

[[nodiscard]] Xxh128 xxh3_portable(const void* bytes, std::size_t size);
#if defined(__x86_64__)
[[nodiscard]] Xxh128 xxh3_avx2(const void* bytes, std::size_t size);
[[nodiscard]] Xxh128 xxh3_avx512(const void* bytes, std::size_t size);
#endif

}  // namespace klinekeep::store
