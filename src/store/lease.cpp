#include "store/lease.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "store/lock.hpp"

namespace klinekeep::store {
namespace {

using namespace std::chrono_literals;

constexpr auto kBeat = 5s;
constexpr auto kSilent = 30s;  // whoever has shown no sign of work for so long is not waited for
constexpr int kTries = 3;      // each means that someone has removed the file

/// The months that are to be had, and for how long the holder of each has been silent, as far as we have seen.
class Watch {
 public:
  Watch(const LockFile& lock, const Series& series, const std::vector<Month>& months) : lock_(lock) {
    for (const Month month : months) {
      const std::int64_t slot = beat_slot(fetch_byte(series, month));
      holders_.push_back({slot, lock.beat_of(slot), {}});
    }
  }

  /// All of them: who holds one month has most likely the next one too, and must not be waited for once for each.
  void look(std::chrono::nanoseconds since_last_time) {
    for (Holder& holder : holders_) {
      const std::uint64_t beat = lock_.beat_of(holder.slot);
      holder.silent = beat == std::exchange(holder.seen, beat) ? holder.silent + since_last_time : 0ns;
    }
  }
  [[nodiscard]] bool is_silent(std::size_t index) const { return holders_[index].silent >= kSilent; }
  [[nodiscard]] std::int64_t slot(std::size_t index) const { return holders_[index].slot; }

 private:
  struct Holder {
    std::int64_t slot;
    std::uint64_t seen;
    std::chrono::nanoseconds silent;
  };
  const LockFile& lock_;
  std::vector<Holder> holders_;
};

std::string beside_sentence(const Series& series, const std::vector<Month>& months) {
  const std::string more = months.size() == 1 ? "" : fmt::format(" and {} more", months.size() - 1);
  return fmt::format(
      "waited in vain: who fetches {} of {}{} has shown no sign of work for {} seconds, so it is fetched "
      "here too",
      text_of(series), text_of(months.front()), more, kSilent / 1s);
}

}  // namespace

Heart::Heart(LockFile& lock, std::shared_ptr<Pace> pace) : lock_(lock), pace_(std::move(pace)) {}

void Heart::add(std::int64_t slot) {
  {
    const std::scoped_lock guard{mutex_};
    slots_.push_back(slot);
    beat({&slots_.back(), 1});
  }
  if (thread_.joinable()) return;
  try {
    thread_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
  } catch (const std::system_error&) {  // no thread to be had: others take us for dead, and fetch it too
  }
}

void Heart::beat(std::span<const std::int64_t> slots) {
  try {
    for (const std::int64_t slot : slots) lock_.beat(slot);
  } catch (const FileError&) {  // a full disk: likewise
  }
}

void Heart::run(const std::stop_token& stop) {
  while (true) {
    pace_->pause(kBeat, stop);
    if (stop.stop_requested()) return;
    const std::scoped_lock guard{mutex_};
    beat(slots_);
  }
}

Lease::Lease() = default;
Lease::Lease(Lease&&) noexcept = default;
Lease& Lease::operator=(Lease&&) noexcept = default;
Lease::~Lease() = default;

bool Lease::waited() const { return impl_ && impl_->waited; }

std::unique_ptr<Lease::Impl> Lease::Impl::take(const Directory& directory, const Series& series,
                                               const std::vector<Month>& months, const Waiting& waiting) {
  try {
    const auto path = directory.layout.lease_lock(market_of(series));
    for (int i = 0; i < kTries; ++i) {
      make_folder(directory, path.parent_path());
      auto lease = std::make_unique<Impl>(directory.files->open_lock(path), directory.pace);
      Watch watch{*lease->lock, series, months};
      std::vector<Month> beside;
      for (std::size_t index = 0; index < months.size(); ++index) {
        const std::int64_t byte = fetch_byte(series, months[index]);
        Wait wait{*directory.pace, waiting,
                  fmt::format("waiting: another process fetches {} of {}", text_of(series), text_of(months[index]))};
        bool is_ours = false;
        while (!(is_ours = lease->lock->try_lock(byte)) && !watch.is_silent(index)) {
          lease->waited = true;
          const auto before = wait.lasted();
          wait.pause();
          watch.look(wait.lasted() - before);
        }
        if (is_ours) {
          lease->heart.add(watch.slot(index));
        } else {
          beside.push_back(months[index]);
        }
      }
      if (!beside.empty() && waiting.tell) waiting.tell(beside_sentence(series, beside));
      remark_without_locks(directory, *lease->lock);
      if (lease->lock->is_at_its_path()) return lease;
    }
  } catch (const FileError&) {  // without locks all may fetch; commits lose nothing by it
  }
  return nullptr;
}

}  // namespace klinekeep::store
