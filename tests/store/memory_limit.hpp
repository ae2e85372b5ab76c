// `new` of the whole program, which fails where a test wants it to.
#pragma once

#include <cstdint>

namespace klinekeep {

enum class Shortage : std::uint8_t { once, for_good };

/// Leaves this thread memory for so many allocations; the next one fails, or all that come after them.
class MemoryLimit {
 public:
  MemoryLimit(int allocations, Shortage shortage);
  MemoryLimit(const MemoryLimit&) = delete;
  MemoryLimit& operator=(const MemoryLimit&) = delete;
  ~MemoryLimit();
  /// Ends it; whether it was reached.
  bool lift();
};

}  // namespace klinekeep
