#include "sources/memory_share.hpp"

#include <algorithm>

#include "klinekeep/errors.hpp"

namespace klinekeep::sources {

MemoryShare::~MemoryShare() {
  if (budget_ == nullptr) {
    stock_->keep_at_most(0);
    return;
  }
  const std::scoped_lock lock{budget_->mutex_};
  budget_->shares_.erase(place_);
  budget_->changed();
}

void MemoryShare::expect(std::int64_t bytes) {
  if (budget_ == nullptr) return;
  const std::scoped_lock lock{budget_->mutex_};
  expected_ = bytes;
}

void MemoryShare::take(std::int64_t bytes, const std::stop_token& stop, std::int64_t untouched) {
  if (budget_ == nullptr) return;
  std::unique_lock lock{budget_->mutex_};
  if (bytes > bytes_ && !budget_->condition_.wait(lock, stop, [&] { return budget_->has_room(*this, bytes); }))
    throw Cancelled{};
  have(bytes, untouched);
}

bool MemoryShare::try_take(std::int64_t bytes, std::int64_t untouched) {
  if (budget_ == nullptr) return true;
  const std::scoped_lock lock{budget_->mutex_};
  if (bytes > bytes_ && !budget_->has_room(*this, bytes)) return false;
  have(bytes, untouched);
  return true;
}

void MemoryShare::have(std::int64_t bytes, std::int64_t untouched) {
  const bool is_less = bytes < bytes_;
  bytes_ = bytes;
  untouched_ = untouched;
  budget_->bound_stock();
  if (is_less) budget_->condition_.notify_all();
}

std::unique_ptr<MemoryShare> MemoryBudget::share(const MemoryShare* before) {
  auto share = std::make_unique<MemoryShare>();
  share->stock_ = stock_;
  const std::scoped_lock lock{mutex_};
  share->place_ = shares_.insert(before != nullptr ? before->place_ : shares_.end(), share.get());
  share->budget_ = this;  // from now on it is to be taken out again
  changed();
  return share;
}

void MemoryBudget::set_held(std::int64_t bytes) {
  const std::scoped_lock lock{mutex_};
  held_ = bytes;
  changed();
}

void MemoryBudget::set_first_is_waited_for(bool waited_for) {
  const std::scoped_lock lock{mutex_};
  first_is_waited_for_ = waited_for;
  changed();
}

void MemoryBudget::changed() {
  bound_stock();
  condition_.notify_all();
}

void MemoryBudget::bound_stock() {
  std::int64_t touched = held_;
  for (const MemoryShare* const share : shares_) touched += share->bytes_ - share->untouched_;
  stock_->keep_at_most(static_cast<std::size_t>(std::max<std::int64_t>(limit_ - touched, 0)));
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
