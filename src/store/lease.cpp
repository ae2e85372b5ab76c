#include "store/lease.hpp"

#include <condition_variable>
#include <mutex>

namespace klinekeep::store {
namespace {

constexpr std::chrono::milliseconds kPause{20};

/// Throws Cancelled when `stop` ends the pause.
void pause(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any waiting;
  std::unique_lock lock{mutex};
  waiting.wait_for(lock, stop, kPause, [] { return false; });
  if (stop.stop_requested()) throw Cancelled();
}

}  // namespace

Lease::Lease() = default;
Lease::Lease(Lease&&) noexcept = default;
Lease& Lease::operator=(Lease&&) noexcept = default;
Lease::~Lease() = default;

bool Lease::waited() const { return impl_ && impl_->waited; }

std::unique_ptr<Lease::Impl> Lease::Impl::take(const Directory& directory, const Series& series,
                                               const std::vector<Month>& months, const std::stop_token& stop) {
  auto lease = std::make_unique<Impl>();
  try {
    const auto path = directory.layout.lease_lock(market_of(series));
    make_folder(directory, path.parent_path());
    lease->lock = directory.files->open_lock(path);
    for (const Month month : months) {
      while (!lease->lock->try_lock(fetch_byte(series, month))) {
        lease->waited = true;
        pause(stop);
      }
    }
  } catch (const FileError&) {  // without locks all may fetch; commits lose nothing by it
    return nullptr;
  }
  return lease;
}

}  // namespace klinekeep::store
