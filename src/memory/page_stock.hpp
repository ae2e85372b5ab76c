// Memory of large columns and files that goes from hand to hand: touching fresh pages costs more than to parse into
// them.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace klinekeep {

/// Regions of memory, and blocks of pages that were used in one and not yet in the next. A region is laid out as it is
/// filled, from its front to its end: with blocks of the stock, which are moved and not copied, as long as there are
/// any, and else with fresh pages. So what is not filled takes no memory. Thread-safe; a region is for one thread at
/// a time.
class PageStock {
 public:
  static constexpr std::size_t kBlock = 256 * 1024;
  /// What is smaller is left to malloc.
  static constexpr std::size_t kMinRegion = 4 << 20;

  PageStock() = default;
  ~PageStock();
  PageStock(const PageStock&) = delete;
  PageStock& operator=(const PageStock&) = delete;

  /// A region of `size` bytes, which can be used as it is. Its content is not defined. Throws std::bad_alloc.
  [[nodiscard]] std::byte* make(std::size_t size);
  /// Ends a region that begins there. What was used of it is kept.
  void end(std::byte* region) noexcept;

  /// Lays out the first `size` bytes of a region, of which the first `used` hold something: what is called before more
  /// is put there spares its page faults. All behind `used` is not defined after it.
  void lay_out(std::byte* region, std::size_t used, std::size_t size);
  /// The first `size` bytes of a region are not used any more, and must not be: whole blocks of them are kept.
  void take_front(std::byte* region, std::size_t size);

  /// Keeps no more than `bytes` in blocks, from now on.
  void keep_at_most(std::size_t bytes);
  /// What is kept in blocks.
  [[nodiscard]] std::size_t kept() const;

 private:
  struct Region {
    std::size_t size;                // of whole blocks, as the others
    std::size_t laid_out = 0;        // from its front on
    std::size_t used_from = kBlock;  // the first block stays in any case: no other region may begin there
  };

  void keep(std::byte* begin, std::byte* end) noexcept;
  void shrink() noexcept;
  [[nodiscard]] std::byte* block() noexcept;

  mutable std::mutex mutex_;  // over what follows
  std::map<std::byte*, Region> regions_;
  std::vector<std::byte*> blocks_;
  std::size_t most_ = static_cast<std::size_t>(-1);
};

/// Memory of a PageStock where it is worth it, else of the heap. Values that are made without one are left as they are
/// there: who makes them fills them.
template <class T>
class StockAllocator {
 public:
  using value_type = T;
  using propagate_on_container_move_assignment = std::true_type;
  using propagate_on_container_swap = std::true_type;
  using is_always_equal = std::false_type;

  StockAllocator() = default;
  explicit StockAllocator(std::shared_ptr<PageStock> stock) : stock_(std::move(stock)) {}
  template <class U>
  StockAllocator(const StockAllocator<U>& other) : stock_(other.stock()) {}  // NOLINT(*-explicit-constructor)

  [[nodiscard]] T* allocate(std::size_t count) {
    if (!is_region(count)) return std::allocator<T>{}.allocate(count);
    return reinterpret_cast<T*>(stock_->make(count * sizeof(T)));
  }
  void deallocate(T* values, std::size_t count) noexcept {
    if (!is_region(count)) return std::allocator<T>{}.deallocate(values, count);
    stock_->end(reinterpret_cast<std::byte*>(values));
  }
  template <class U>
  void construct(U* value) noexcept {
    ::new (static_cast<void*>(value)) U;
  }
  template <class U, class... Args>
  void construct(U* value, Args&&... args) {
    ::new (static_cast<void*>(value)) U(std::forward<Args>(args)...);
  }
  /// Copies are for whoever makes them.
  [[nodiscard]] StockAllocator select_on_container_copy_construction() const { return {}; }

  /// Whether so many values are a region of the stock.
  [[nodiscard]] bool is_region(std::size_t count) const {
    return stock_ != nullptr && count >= PageStock::kMinRegion / sizeof(T);
  }
  [[nodiscard]] const std::shared_ptr<PageStock>& stock() const { return stock_; }

  template <class U>
  bool operator==(const StockAllocator<U>& other) const {
    return stock_ == other.stock();
  }

 private:
  std::shared_ptr<PageStock> stock_;
};

/// Bytes that may be many.
using StockString = std::basic_string<char, std::char_traits<char>, StockAllocator<char>>;

/// Lays out a vector or string of a StockAllocator for so many values, of which it has room for all.
template <class Values>
void lay_out(Values& values, std::size_t count) {
  const auto allocator = values.get_allocator();
  if (!allocator.is_region(values.capacity())) return;
  constexpr std::size_t kSize = sizeof(values[0]);
  allocator.stock()->lay_out(reinterpret_cast<std::byte*>(values.data()), values.size() * kSize, count * kSize);
}

/// The first `size` bytes of a string are not used any more, and must not be.
inline void let_go_of_front(StockString& bytes, std::size_t size) {
  const auto allocator = bytes.get_allocator();
  if (allocator.is_region(bytes.capacity())) {
    allocator.stock()->take_front(reinterpret_cast<std::byte*>(bytes.data()), size);
  }
}

}  // namespace klinekeep
