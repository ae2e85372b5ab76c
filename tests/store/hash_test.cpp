#include "store/hash.hpp"

#define XXH_INLINE_ALL
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <xxhash.h>

#include <vector>

#include "kernels_wanted.hpp"

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

/// xxhash inlined for the instruction set of this file: what any reader of a partition may compute with.
std::string inlined(const std::byte* bytes, std::size_t size) {
  const XXH128_hash_t sum = XXH3_128bits(bytes, size);
  return fmt::format("{:016x}{:016x}", sum.high64, sum.low64);
}

TEST(Hash, IsTheSameByWhateverTheMachineHas) {
  std::vector<std::size_t> sizes;
  for (std::size_t size = 0; size < 1'100; ++size) sizes.push_back(size);
  for (const std::size_t size : {4'095U, 4'096U, 65'535U, 524'288U}) sizes.push_back(size);
  const auto bytes = some_bytes(sizes.back() + 3);
  for (const std::size_t size : sizes) {
    const std::byte* const from = bytes.data() + size % 4;  // off every alignment
    ASSERT_EQ(xxh3(std::span{from, size}), inlined(from, size)) << size;
  }
}

TEST(Hash, IsByTheKernelsThatAreAskedFor) { EXPECT_EQ(processor::active_kernels(), kernels_wanted()); }

}  // namespace
}  // namespace klinekeep::store
