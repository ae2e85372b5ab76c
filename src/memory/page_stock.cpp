#include "memory/page_stock.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

namespace klinekeep {
namespace {

constexpr int kProtection = PROT_READ | PROT_WRITE;
constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS;

std::size_t in_blocks(std::size_t size) {
  return (size + PageStock::kBlock - 1) / PageStock::kBlock * PageStock::kBlock;
}

void unmap(std::byte* begin, const std::byte* end) noexcept {
  if (begin < end) ::munmap(begin, static_cast<std::size_t>(end - begin));
}

/// Puts the pages of a block in the place of those at `to`.
void move_block(std::byte* block, std::byte* to) noexcept {
  if (::mremap(block, PageStock::kBlock, PageStock::kBlock, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to) return;
  unmap(block, block + PageStock::kBlock);
  // What was there still is, unless the kernel ran out of memory after it had made room.
  const void* const fresh = ::mmap(to, PageStock::kBlock, kProtection, kFlags | MAP_FIXED_NOREPLACE, -1, 0);
  if (fresh != to && errno != EEXIST) std::abort();
}

/// Makes fresh pages present together, which is cheaper than one by one. Where that cannot be done, they come by
/// themselves.
void touch(std::byte* begin, std::size_t size) noexcept { ::madvise(begin, size, MADV_POPULATE_WRITE); }

}  // namespace

PageStock::~PageStock() { keep_at_most(0); }

std::byte* PageStock::make(std::size_t size) {
  const Region region{.size = in_blocks(size)};
  void* const begin = ::mmap(nullptr, region.size, kProtection, kFlags, -1, 0);
  if (begin == MAP_FAILED) throw std::bad_alloc{};
  const std::scoped_lock lock{mutex_};
  regions_.emplace(static_cast<std::byte*>(begin), region);
  return static_cast<std::byte*>(begin);
}

void PageStock::end(std::byte* region) noexcept {
  const std::scoped_lock lock{mutex_};
  const auto found = regions_.find(region);
  const auto [size, laid_out, used_from] = found->second;
  regions_.erase(found);
  if (laid_out > 0) keep(region, region + kBlock);
  keep(region + used_from, region + laid_out);
  unmap(region + laid_out, region + size);
}

void PageStock::lay_out(std::byte* region, std::size_t used, std::size_t size) {
  std::byte* next = nullptr;
  const std::byte* end = nullptr;
  {
    const std::scoped_lock lock{mutex_};
    Region& it = regions_.at(region);
    it.laid_out = std::max(it.laid_out, in_blocks(used));  // what is used is there, however it came
    next = region + it.laid_out;
    it.laid_out = std::max(it.laid_out, std::min(in_blocks(size), it.size));
    end = region + it.laid_out;
  }
  for (; next != end; next += kBlock) {
    if (std::byte* const kept = block()) {
      move_block(kept, next);
    } else {
      touch(next, kBlock);
    }
  }
}

void PageStock::take_front(std::byte* region, std::size_t size) {
  const std::scoped_lock lock{mutex_};
  Region& it = regions_.at(region);
  const std::size_t used_from = std::min(size / kBlock * kBlock, it.laid_out);
  if (used_from <= it.used_from) return;
  keep(region + it.used_from, region + used_from);
  it.used_from = used_from;
}

void PageStock::keep_at_most(std::size_t bytes) {
  const std::scoped_lock lock{mutex_};
  most_ = bytes;
  shrink();
}

std::size_t PageStock::kept() const {
  const std::scoped_lock lock{mutex_};
  return blocks_.size() * kBlock;
}

void PageStock::keep(std::byte* begin, std::byte* end) noexcept {
  for (; begin < end; begin += kBlock) blocks_.push_back(begin);
  shrink();
}

void PageStock::shrink() noexcept {
  for (; blocks_.size() * kBlock > most_; blocks_.pop_back()) unmap(blocks_.back(), blocks_.back() + kBlock);
}

std::byte* PageStock::block() noexcept {
  const std::scoped_lock lock{mutex_};
  if (blocks_.empty()) return nullptr;
  std::byte* const last = blocks_.back();
  blocks_.pop_back();
  return last;
}

}  // namespace klinekeep
