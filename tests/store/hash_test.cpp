#include "store/hash.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "store/xxh3_kernels.hpp"

namespace klinekeep::store {
namespace {

std::vector<std::byte> some_bytes(std::size_t size) {
  std::vector<std::byte> bytes(size);
  std::uint32_t state = 1;
  for (std::byte& each : bytes) {
    state = state * 1'664'525 + 1'013'904'223;
    each = static_cast<std::byte>(state >> 24);
  }
  return bytes;
}

TEST(Hash, IsXxh3Of128Bits) {
  EXPECT_EQ(xxh3({}), "99aa06d3014798d86001c324468d497f");  // XXH3-128 of nothing, as its author states it
}

TEST(Hash, IsTheSameWithEveryInstructionSet) {
  std::vector<std::size_t> sizes;
  for (std::size_t size = 0; size < 1'100; ++size) sizes.push_back(size);
  for (const std::size_t size : {4'095U, 4'096U, 65'535U, 524'288U}) sizes.push_back(size);
  const auto bytes = some_bytes(sizes.back() + 3);
  for (const std::size_t size : sizes) {
    const std::byte* const from = bytes.data() + size % 4;  // off every alignment
    const Xxh128 sum = xxh3_portable(from, size);
#if defined(__x86_64__)
    ASSERT_TRUE(!__builtin_cpu_supports("avx2") || xxh3_avx2(from, size) == sum) << size;
    ASSERT_TRUE(!__builtin_cpu_supports("avx512f") || xxh3_avx512(from, size) == sum) << size;
#endif
    ASSERT_EQ(xxh3(std::span{from, size}).size(), 32U);
    ASSERT_EQ(std::stoull(xxh3(std::span{from, size}).substr(16), nullptr, 16), sum.low) << size;
  }
}

}  // namespace
}  // namespace klinekeep::store
