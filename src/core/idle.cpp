#include "core/idle.hpp"

#include <mutex>
#include <utility>

namespace klinekeep {
namespace {

struct Keepers {
  std::mutex mutex;
  std::list<std::function<void()>> all;

  /// Never destroyed: keepers may go as the process ends.
  static Keepers& of_process() {
    static auto* const keepers = new Keepers;
    return *keepers;
  }
};

}  // namespace

IdleKeeper::IdleKeeper(std::function<void()> give_back) {
  Keepers& keepers = Keepers::of_process();
  const std::scoped_lock lock{keepers.mutex};
  place_ = keepers.all.insert(keepers.all.end(), std::move(give_back));
}

IdleKeeper::~IdleKeeper() {
  Keepers& keepers = Keepers::of_process();
  const std::scoped_lock lock{keepers.mutex};
  keepers.all.erase(place_);
}

void give_back_idle() {
  Keepers& keepers = Keepers::of_process();
  const std::scoped_lock lock{keepers.mutex};
  for (const auto& give_back : keepers.all) give_back();
}

}  // namespace klinekeep
