#include "sources/memory_share.hpp"

#include <algorithm>

#include "klinekeep/errors.hpp"

namespace klinekeep::sources {

MemoryShare::~MemoryShare() {
  if (budget_ == nullptr) return;
  const std::scoped_lock lock{budget_->mutex_};
  budget_->shares_.erase(place_);
  budget_->changed_.notify_all();
}

void MemoryShare::expect(std::int64_t bytes) {
  if (budget_ == nullptr) return;
  const std::scoped_lock lock{budget_->mutex_};
  expected_ = bytes;
}

void MemoryShare::take(std::int64_t bytes, const std::stop_token& stop) {
  if (budget_ == nullptr) return;
  std::unique_lock lock{budget_->mutex_};
  const bool is_less = bytes < bytes_;
  if (bytes > bytes_ && !budget_->changed_.wait(lock, stop, [&] { return budget_->has_room(*this, bytes); }))
    throw Cancelled{};
  bytes_ = bytes;
  if (is_less) budget_->changed_.notify_all();
}

std::unique_ptr<MemoryShare> MemoryBudget::share(const MemoryShare* before) {
  auto share = std::make_unique<MemoryShare>();
  share->budget_ = this;
  const std::scoped_lock lock{mutex_};
  share->place_ = shares_.insert(before != nullptr ? before->place_ : shares_.end(), share.get());
  changed_.notify_all();
  return share;
}

void MemoryBudget::set_held(std::int64_t bytes) {
  const std::scoped_lock lock{mutex_};
  held_ = bytes;
  changed_.notify_all();
}

void MemoryBudget::set_first_is_waited_for(bool waited_for) {
  const std::scoped_lock lock{mutex_};
  first_is_waited_for_ = waited_for;
  changed_.notify_all();
}

bool MemoryBudget::has_room(const MemoryShare& share, std::int64_t bytes) const {
  const bool is_first = shares_.front() == &share;
  if (is_first && first_is_waited_for_) return true;
  std::int64_t others = held_;
  for (const MemoryShare* const other : shares_) {
    if (other == &share) continue;
    others += other == shares_.front() ? std::max(other->bytes_, other->expected_) : other->bytes_;
  }
  return others + bytes <= limit_;
}

}  // namespace klinekeep::sources
