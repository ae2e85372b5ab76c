#include "output/pending_outputs.hpp"

#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>

#include "output/file_sink.hpp"

namespace klinekeep::cli {
namespace {

enum State : int { kFree, kTaken, kArmed };

struct Slot {
  std::atomic<int> state{kFree};
  std::array<char, PATH_MAX> path{};  // ends in a zero; changes only while the state is kTaken
};
static_assert(std::atomic<int>::is_always_lock_free);

std::array<Slot, 16> slots;

}  // namespace

std::size_t register_pending_output(std::string_view path) {
  if (path.size() >= PATH_MAX) throw OutputError("cannot write a file: its path is too long");
  for (std::size_t i = 0; i < slots.size(); ++i) {
    int expected = kFree;
    if (!slots[i].state.compare_exchange_strong(expected, kTaken)) continue;
    slots[i].path[path.copy(slots[i].path.data(), path.size())] = '\0';
    slots[i].state.store(kArmed);
    return i;
  }
  throw OutputError("cannot write a file: too many are being written");
}

void forget_pending_output(std::size_t slot) noexcept { slots[slot].state.store(kFree); }

void unlink_pending_outputs() noexcept {
  const int kept = errno;
  for (const Slot& slot : slots) {
    if (slot.state.load() == kArmed) ::unlink(slot.path.data());
  }
  errno = kept;
}

}  // namespace klinekeep::cli
