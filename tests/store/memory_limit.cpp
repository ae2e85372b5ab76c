#include "store/memory_limit.hpp"

#include <cstdlib>
#include <new>
#include <utility>

namespace {

struct State {
  int left = 0;  // until an allocation fails; 0: none does
  klinekeep::Shortage shortage = klinekeep::Shortage::once;
  bool was_reached = false;
};

thread_local State state;

bool has_room() {
  if (state.left == 0 || --state.left > 0) return true;
  state.was_reached = true;
  if (state.shortage == klinekeep::Shortage::for_good) state.left = 1;
  return false;
}

}  // namespace

namespace klinekeep {

MemoryLimit::MemoryLimit(int allocations, Shortage shortage) { state = {allocations + 1, shortage, false}; }
MemoryLimit::~MemoryLimit() { lift(); }
bool MemoryLimit::lift() { return std::exchange(state, State{}).was_reached; }

}  // namespace klinekeep

void* operator new(std::size_t size) {
  if (has_room()) {
    if (void* const place = std::malloc(size); place != nullptr) return place;
  }
  throw std::bad_alloc{};
}

void operator delete(void* place) noexcept { std::free(place); }
void operator delete(void* place, std::size_t) noexcept { std::free(place); }
